-- How well each campaign does: what became of its e-mails, the share of the delivered ones that were opened and clicked, and
-- its effectiveness, clicks per opening; null where nothing was delivered or opened.
-- kind: view
select
  campaign_totals.campaign_id,
  campaigns.campaign_name,
  campaigns.start_date,
  campaigns.end_date,
  campaign_totals.customers,
  campaign_totals.sent,
  campaign_totals.delivered,
  campaign_totals.opened,
  campaign_totals.clicked,
  campaign_totals.forwarded,
  campaign_totals.spam,
  campaign_totals.bounced,
  round(campaign_totals.opened::numeric / nullif(campaign_totals.delivered, 0), 4) as open_rate,
  round(campaign_totals.clicked::numeric / nullif(campaign_totals.delivered, 0), 4) as click_through_rate,
  round(campaign_totals.clicked::numeric / nullif(campaign_totals.opened, 0), 4) as effectiveness
from gold.campaign_totals
left join silver.campaigns using (campaign_id)
