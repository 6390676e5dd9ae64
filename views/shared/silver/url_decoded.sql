-- A text of a url with its escapes undone, + as a space. Bytes that are no text (UTF-8, without a zero) leave it as it is.
-- Most have no escapes: they are not looked at twice.
-- kind: routine
create or replace function silver.url_decoded(p_text text)
returns text
language sql immutable parallel safe
return
  case
    when p_text like '%\%%' then coalesce(silver.percent_decoded(p_text), p_text)
    else replace(p_text, '+', ' ')
  end;
