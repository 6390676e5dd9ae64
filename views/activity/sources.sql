-- The topic of user events in the REES46 format. Its data is of any age, and all of it is kept.
select ops.add_source('user_activity');
