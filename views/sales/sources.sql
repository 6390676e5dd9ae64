-- The topic of the tills. Of a card number only the last four digits are ever stored.
select ops.add_source('sales_topic', p_redact => '{"credit_card_number": "last4"}');
