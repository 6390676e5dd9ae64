-- Whether a user agent is a program's own: a crawler, a monitor, a script. Those of people have no address in them.
-- kind: routine
create or replace function silver.is_bot(p_user_agent text)
returns boolean
language sql immutable parallel safe
return
  p_user_agent like '%http%'
  or p_user_agent like '%bot%'
  or p_user_agent like '%Bot%'
  or p_user_agent like '%pider%'
  or p_user_agent like '%Headless%'
  or (
    p_user_agent not like 'Mozilla/%'
    and p_user_agent ~ '^(curl|Wget|[Pp]ython|Java/|Apache-Http|PostmanRuntime|axios|node|Scrapy|libwww|Mediapartners)'
  );
