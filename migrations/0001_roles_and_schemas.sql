-- Roles, schemas and the clock.
-- Roles belong to the whole server and may have been made by an administrator before: they are
-- taken as they are then. They get no passwords here.

do $$
declare
  v_role record;
begin
  for v_role in
    select *
    from (values
      ('sluice_owner', array[]::text[]),
      ('sluice_ingest', array['statement_timeout = 0']),
      ('sluice_refresh', array['statement_timeout = 0']),
      ('grafana_reader', array['default_transaction_read_only = on', 'statement_timeout = ''15s''']),
      ('analyst', array['default_transaction_read_only = on'])
    ) as roles (role_name, settings)
  loop
    continue when exists (select from pg_roles where rolname = v_role.role_name);
    begin
      execute format('create role %I login', v_role.role_name);
      execute format('alter role %I set timezone = ''UTC''', v_role.role_name);
      execute format('alter role %I set datestyle = ''ISO, YMD''', v_role.role_name);
      execute format('alter role %I set intervalstyle = ''postgres''', v_role.role_name);
      for i in 1 .. cardinality(v_role.settings) loop
        execute format('alter role %I set %s', v_role.role_name, v_role.settings[i]);
      end loop;
    exception
      -- another database of this server is being migrated at the same moment
      when duplicate_object or unique_violation then null;
    end;
  end loop;

  if not pg_has_role(current_user, 'sluice_owner', 'usage') then
    execute format('grant sluice_owner to %I', current_user);
  end if;
end
$$;

do $$
begin
  execute format('grant create, connect on database %I to sluice_owner', current_database());
  execute format(
    'grant connect on database %I to sluice_ingest, sluice_refresh, grafana_reader, analyst',
    current_database()
  );
end
$$;

create schema if not exists ops;
alter schema ops owner to sluice_owner;

set local role sluice_owner;

create schema bronze;
create schema silver;
create schema gold;
create schema store;

comment on schema bronze is 'Events as they came from Kafka, one partitioned table per source.';
comment on schema silver is 'Events parsed and deduplicated; the current row of each entity.';
comment on schema gold is 'Metrics.';
comment on schema store is 'Tables and functions that Sluice compiles out of models. Not an interface.';
comment on schema ops is 'Sources, positions, models, jobs, and how all of them are doing.';

grant usage on schema bronze to sluice_ingest, sluice_refresh, analyst;
grant usage on schema silver, gold to sluice_refresh, grafana_reader, analyst;
grant usage on schema store to sluice_refresh;
grant usage on schema ops to sluice_ingest, sluice_refresh, grafana_reader, analyst;

alter default privileges in schema bronze grant insert on tables to sluice_ingest;
alter default privileges in schema bronze grant select on tables to sluice_refresh, analyst;
alter default privileges revoke execute on functions from public;

create function ops.now() returns timestamptz
language sql stable parallel safe
return coalesce(nullif(current_setting('sluice.now', true), '')::timestamptz, now());

comment on function ops.now() is
  'The time that every window and schedule goes by: the start of the transaction, or the setting sluice.now, so that tests can move the clock.';
grant execute on function ops.now() to public;

reset role;
