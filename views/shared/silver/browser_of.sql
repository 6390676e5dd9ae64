-- The family of browser or mail program that a user agent names, such as Chrome, Outlook, Bot or Other.
-- Nearly all say Mozilla, most say Safari, and half of them Chrome too: who is more special is asked first.
-- Like os_of and device_of it is not strict, as no function with a case is inlined that is.
-- kind: routine
create or replace function silver.browser_of(p_user_agent text)
returns text
language sql immutable parallel safe
return
  case
    when p_user_agent is null then null
    -- more than half of all are one of these from end to end, and need no other look
    when p_user_agent like '%(KHTML, like Gecko) Chrome/___.0.0.0 Safari/537.36'
      or p_user_agent like '%(KHTML, like Gecko) Chrome/___.0.0.0 Mobile Safari/537.36' then 'Chrome'
    when p_user_agent like '%(KHTML, like Gecko) Version/__._ Mobile/15E148 Safari/604.1' then 'Safari'
    -- mailboxes that load pictures for their readers: who they are is hidden
    when p_user_agent like '%GoogleImageProxy%' then 'Gmail'
    when p_user_agent like '%YahooMailProxy%' then 'Yahoo Mail'
    when p_user_agent = 'Mozilla/5.0' then 'Apple Mail'
    when silver.is_bot(p_user_agent) then 'Bot'
    when p_user_agent like '%FBA%' then 'Facebook'
    when p_user_agent like '%Instagram%' then 'Instagram'
    when p_user_agent like '%Chrome/%' then
      case
        when p_user_agent like '%Edg%' then 'Edge'
        when p_user_agent like '%OPR/%' then 'Opera'
        when p_user_agent like '%SamsungBrowser/%' then 'Samsung Internet'
        when p_user_agent like '%YaBrowser/%' then 'Yandex'
        when p_user_agent like '%Vivaldi/%' then 'Vivaldi'
        when p_user_agent like '%UCBrowser/%' then 'UC Browser'
        when p_user_agent like '%DuckDuckGo/%' or p_user_agent like '%Ddg/%' then 'DuckDuckGo'
        when p_user_agent like '%Silk/%' then 'Silk'
        when p_user_agent like '%HuaweiBrowser/%' then 'Huawei Browser'
        when p_user_agent like '%MiuiBrowser/%' then 'Mi Browser'
        else 'Chrome'
      end
    when p_user_agent like '%CriOS/%' then 'Chrome'
    when p_user_agent like '%FxiOS/%' or p_user_agent like '%Focus/%' then 'Firefox'
    when p_user_agent like '%EdgiOS/%' then 'Edge'
    when p_user_agent like '%Outlook%' or p_user_agent like '%Microsoft Office%' then 'Outlook'
    when p_user_agent like '%Thunderbird/%' then 'Thunderbird'
    when p_user_agent like '%Firefox/%' then 'Firefox'
    when p_user_agent like 'Opera%' or p_user_agent like '%OPiOS/%' or p_user_agent like '%OPT/%' then 'Opera'
    when p_user_agent like '%MSIE %' or p_user_agent like '%Trident/%' then 'Internet Explorer'
    when p_user_agent like '%DuckDuckGo/%' or p_user_agent like '%Ddg/%' then 'DuckDuckGo'
    when p_user_agent like '%UCBrowser/%' then 'UC Browser'
    when p_user_agent like '%YaBrowser/%' then 'Yandex'
    when p_user_agent like '%Android%' and p_user_agent like '%Version/%' then 'Android Browser'
    when p_user_agent like '%Safari/%' then 'Safari'
    -- Apple's mail program writes what Safari does, and leaves its name out
    when p_user_agent like '%AppleWebKit/%(KHTML, like Gecko)%' and p_user_agent like '%Mac OS X%' then 'Apple Mail'
    else 'Other'
  end;
