-- The topic of bench/metrics.ts.
select ops.add_source('shop-events');
