-- The first value of a parameter of a url, decoded: "black tea" of ?q=black+tea and of ?q=black%20tea.
-- Null where it is missing or empty.
-- kind: routine
create or replace function silver.url_parameter(p_url text, p_name text)
returns text
language sql immutable parallel safe
return
  case
    when p_url like '%?%' then
      silver.url_decoded(
        nullif(
          split_part(
            split_part('&' || substr(split_part(p_url, '#', 1), strpos(p_url, '?') + 1), '&' || p_name || '=', 2),
            '&',
            1
          ),
          ''
        )
      )
  end;
