-- The path of a url, without host, parameters and fragment, as it is written: /p/1 of https://shop.example/p/1?ref=a#top.
-- The root is /. What has no host is taken for a path, so that nothing is an error.
-- kind: routine
create or replace function silver.url_path(p_url text)
returns text
language sql immutable parallel safe
return
  case
    when split_part(p_url, '/', 2) = ''
      and split_part(p_url, '/', 3) <> ''
      and split_part(p_url, '/', 1) not like '%?%'
    then
      '/' || substr(
        split_part(split_part(p_url, '#', 1), '?', 1),
        length(split_part(p_url, '/', 1)) + length(split_part(p_url, '/', 3)) + 4
      )
    else split_part(split_part(p_url, '#', 1), '?', 1)
  end;
