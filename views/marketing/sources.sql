-- The topics of the campaigns: what became of each e-mail, and the reference data of newsletters.
select ops.add_source('marketing-events', p_retain => interval '30 days');
select ops.add_source('marketing-campaigns');
select ops.add_source('marketing-products');
select ops.add_source('marketing-customers');
