-- What url_decoded does with a text that has escapes, by its bytes in hex; null where those are no text.
-- They are compared with the forms of UTF-8 (RFC 3629, without U+0000), as convert_from raises an error.
-- kind: routine
create or replace function silver.percent_decoded(p_text text)
returns text
language sql immutable strict parallel safe
as $$
  select
    case
      when hex ~ '^(?:0[1-9a-f]|[1-7].|(?:c[2-9a-f]|d.)[89ab].|(?:e0[ab].|e[1-9a-cef][89ab].|ed[89].)[89ab].|(?:f0[9ab].|f[1-3][89ab].|f48.)[89ab].[89ab].)*$'
        then convert_from(decode(hex, 'hex'), 'UTF8')
    end
  from (
    select
      string_agg(
        coalesce(lower(part[1]), encode(convert_to(replace(part[2], '+', ' '), 'UTF8'), 'hex')),
        '' order by place
      ) as hex
    from regexp_matches(p_text, '%([0-9a-fA-F]{2})|([^%]+|%)', 'g') with ordinality as parts (part, place)
  ) as bytes
$$;
