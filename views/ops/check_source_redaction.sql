-- Raises SL012 for rules of redaction that can't be carried out. See ops.add_source.
-- kind: routine
create or replace function ops.check_source_redaction(
  p_topic text,
  p_redact jsonb,
  p_redact_key text,
  p_redact_headers jsonb
) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_argument record;
  v_rule record;
begin
  for v_argument in
    select *
    from (
      values ('p_redact', p_redact), ('p_redact_headers', p_redact_headers)
    ) as arguments (name, rules)
  loop
    if jsonb_typeof(v_argument.rules) <> 'object' then
      raise exception '% of topic "%" is no object: %', v_argument.name, p_topic, v_argument.rules
        using errcode = 'SL012', hint = 'For example {"credit_card_number": "last4", "email": "hash"}.';
    end if;
    for v_rule in
      select rules.key as name, rules.value #>> '{}' as rule, jsonb_typeof(rules.value) as type
      from jsonb_each(v_argument.rules) as rules
    loop
      if v_rule.type <> 'string' or v_rule.rule not in ('last4', 'hash', 'drop') then
        raise exception '% of topic "%" has the rule "%" for "%"',
          v_argument.name, p_topic, v_rule.rule, v_rule.name
          using errcode = 'SL012', hint = 'Rules are last4, hash and drop.';
      end if;
      if v_rule.name = '' or v_argument.name = 'p_redact' and '' = any (string_to_array(v_rule.name, '.')) then
        raise exception '% of topic "%" has the path "%"', v_argument.name, p_topic, v_rule.name
          using errcode = 'SL012',
            hint = 'Paths are names with dots between them, such as customer.email. Arrays are no part of them.';
      end if;
    end loop;
  end loop;

  if p_redact_key not in ('last4', 'hash', 'drop') then
    raise exception 'p_redact_key of topic "%" is "%"', p_topic, p_redact_key
      using errcode = 'SL012', hint = 'Rules are last4, hash and drop.';
  end if;
end
$$;
