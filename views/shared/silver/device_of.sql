-- What a user agent runs on: desktop, mobile, tablet, bot or other (televisions, consoles, what says nothing).
-- An Android that does not say Mobile is a tablet, where it does not say that it is a television.
-- kind: routine
create or replace function silver.device_of(p_user_agent text)
returns text
language sql immutable parallel safe
return
  case
    when p_user_agent is null then null
    -- more than half of all are one of these from end to end, and need no other look
    when p_user_agent like '%(KHTML, like Gecko) Chrome/___.0.0.0 Mobile Safari/537.36'
      or p_user_agent like 'Mozilla/5.0 (iPhone;%(KHTML, like Gecko) Version/__._ Mobile/15E148 Safari/604.1' then 'mobile'
    when p_user_agent like 'Mozilla/5.0 (Windows NT %(KHTML, like Gecko) Chrome/___.0.0.0 Safari/537.36'
      or p_user_agent like 'Mozilla/5.0 (Macintosh;%(KHTML, like Gecko) Chrome/___.0.0.0 Safari/537.36' then 'desktop'
    when p_user_agent like '%Proxy%' then 'other'
    when silver.is_bot(p_user_agent) then 'bot'
    when p_user_agent like '%iPhone%' or p_user_agent like '%iPod%' then 'mobile'
    when p_user_agent like '%iPad%' or p_user_agent like '%Tablet%' then 'tablet'
    when p_user_agent like '%TV%' or p_user_agent like '%CrKey%' or p_user_agent like '%BRAVIA%'
      or p_user_agent like '%; AFT%' or p_user_agent like '%Xbox%' then 'other'
    when p_user_agent like '%Mobile%' or p_user_agent like '%Windows Phone%'
      or p_user_agent like '%Opera Mini/%' or p_user_agent like '%Opera Mobi/%' then 'mobile'
    when p_user_agent like '%Android%' then 'tablet'
    when p_user_agent like '%Windows%' or p_user_agent like '%Mac%OS%' or p_user_agent like '%Mac_PowerPC%'
      or p_user_agent like '%CrOS%' or p_user_agent like '%Linux%' or p_user_agent like '%X11%' then 'desktop'
    else 'other'
  end;
