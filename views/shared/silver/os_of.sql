-- The operating system that a user agent names, or Other. An iPad in desktop mode says that it is a Mac.
-- kind: routine
create or replace function silver.os_of(p_user_agent text)
returns text
language sql immutable parallel safe
return
  case
    when p_user_agent is null then null
    when p_user_agent like '%Proxy%' then 'Other'
    when p_user_agent like '%Windows Phone%' then 'Windows Phone'
    when p_user_agent like '%Windows%' then 'Windows'
    when p_user_agent like '%iPhone%' or p_user_agent like '%iPad%' or p_user_agent like '%iPod%' then 'iOS'
    when p_user_agent like '%Android%' then 'Android'
    when p_user_agent like '%Mac%OS%' or p_user_agent like '%Mac_PowerPC%' then 'macOS'
    when p_user_agent like '%CrOS%' then 'ChromeOS'
    when p_user_agent like '%Tizen%' then 'Tizen'
    when p_user_agent like '%KAIOS%' then 'KaiOS'
    when p_user_agent like '%Linux%' then 'Linux'
    else 'Other'
  end;
