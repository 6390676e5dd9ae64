-- Campaigns by their newest entry, one row per campaign, with the products that it is for.
-- kind: entity
-- key: campaign_id
select
  payload ->> 'campaign_id' as campaign_id,
  payload ->> 'name' as campaign_name,
  (payload ->> 'start_date')::date as start_date,
  (payload ->> 'end_date')::date as end_date,
  array(select jsonb_array_elements_text(payload -> 'product_ids')) as product_ids
from bronze.marketing_campaigns
