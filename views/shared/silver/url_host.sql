-- The host of a url, in lower case, without user and port; null where it has none.
-- Between slashes stand: https:, nothing, the host, and the path.
-- kind: routine
create or replace function silver.url_host(p_url text)
returns text
language sql immutable parallel safe
return
  case
    when split_part(p_url, '/', 2) = '' and split_part(p_url, '/', 1) not like '%?%' then
      nullif(
        lower(
          split_part(
            split_part(split_part(split_part(split_part(p_url, '/', 3), '?', 1), '#', 1), '@', -1),
            ':',
            1
          )
        ),
        ''
      )
  end;
