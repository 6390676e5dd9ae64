-- The topic of the web site. Addresses of visitors are stored as hashes: they can be counted, and not read.
select ops.add_source('clickstream', p_retain => interval '30 days', p_redact => '{"ip": "hash"}');
