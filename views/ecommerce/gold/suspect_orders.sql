-- Orders that may be fraud, by three rules over what the same user ordered in the 30 days up to then:
-- has_unusual_amount: more than 3 times the largest of the user's other orders, which are at least 5;
-- is_hasty: the 5th order within 10 minutes, or a later one;
-- has_many_cards: the 3rd card within an hour, or a later one.
-- kind: incremental
-- grain: purchased_at, order_id
-- scope: order_id
with histories as (
  select
    orders.purchased_at,
    orders.order_id,
    orders.user_id,
    orders.payment_method,
    orders.card_last4,
    orders.total_amount,
    max(recent.total_amount) filter (where recent.order_id <> orders.order_id) as largest_amount,
    count(*) - 1 as orders_before,
    count(*) filter (
      where recent.purchased_at > orders.purchased_at - interval '10 minutes'
    ) as orders_in_10_minutes,
    count(distinct recent.card_last4) filter (
      where recent.purchased_at > orders.purchased_at - interval '1 hour'
    ) as cards_in_hour
  from silver.purchases as orders
  join silver.purchases as recent
    on recent.user_id = orders.user_id
    and recent.purchased_at > orders.purchased_at - interval '30 days'
    and recent.purchased_at <= orders.purchased_at
  where orders.order_id is not null
  group by 1, 2, 3, 4, 5, 6
),
judged as (
  select
    *,
    orders_before >= 5 and total_amount > 3 * largest_amount as has_unusual_amount,
    orders_in_10_minutes >= 5 as is_hasty,
    cards_in_hour >= 3 as has_many_cards
  from histories
)
select
  purchased_at,
  order_id,
  user_id,
  payment_method,
  card_last4,
  has_unusual_amount,
  is_hasty,
  has_many_cards,
  concat_ws(
    ', ',
    case when has_unusual_amount then 'unusual amount' end,
    case when is_hasty then 'many orders in 10 minutes' end,
    case when has_many_cards then 'many cards in an hour' end
  ) as reasons,
  total_amount,
  largest_amount,
  orders_before,
  orders_in_10_minutes,
  cards_in_hour
from judged
where has_unusual_amount or is_hasty or has_many_cards
