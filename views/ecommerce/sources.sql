-- The topics of the shop.
select ops.add_source('ecommerce-products');
select ops.add_source('ecommerce-page-views', p_retain => interval '30 days');
select ops.add_source('ecommerce-cart', p_retain => interval '30 days');
select ops.add_source('ecommerce-searches', p_retain => interval '30 days');
select ops.add_source('ecommerce-purchases', p_retain => interval '90 days');
