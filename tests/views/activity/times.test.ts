import { expect, test } from 'vitest'
import { uuid } from '../support.ts'
import { at, cart, purchase, session, storeDatabase, user } from './store.ts'

const store = storeDatabase()

test('an hour has its users and sessions once each', async () => {
  await store.events(
    { ...at('1 10:00:00'), ...user(1), ...session(1) },
    { ...at('1 10:59:59'), ...user(1), ...session(2) },
    { ...at('1 10:30:00'), ...user(2), ...session(3) },
    { ...at('1 10:30:00'), ...user(2), ...session(3) },
    { ...at('1 11:00:00'), ...user(2), ...session(3) },
  )
  expect(
    await store.rows(
      `select extract(hour from hour_at at time zone 'UTC')::int as hour, events::int, users::int, sessions::int
      from gold.active_users_by_hour order by 1`,
    ),
  ).toEqual([
    { hour: 10, events: 4, users: 2, sessions: 3 },
    { hour: 11, events: 1, users: 1, sessions: 1 },
  ])
})

test('events are counted by minute and type', async () => {
  await store.events(
    at('1 10:00:00'),
    at('1 10:00:59'),
    { ...at('1 10:00:30'), ...cart },
    at('1 10:01:00'),
  )
  expect(
    await store.rows(
      `select to_char(minute_at at time zone 'UTC', 'HH24:MI') as minute, event_type, events::int
      from gold.events_by_type_by_minute order by 1, 2`,
    ),
  ).toEqual([
    { minute: '10:00', event_type: 'cart', events: 1 },
    { minute: '10:00', event_type: 'view', events: 2 },
    { minute: '10:01', event_type: 'view', events: 1 },
  ])
})

test('a category has views, carts, purchases, revenue and conversion, with its code where one line has it', async () => {
  const category = (category_id: string, category_code: string | null) => ({
    category_id,
    category_code,
  })
  await store.events(
    category('1', null),
    category('1', 'home.lamp'),
    category('1', 'home.lamp'),
    { ...category('1', 'home.lamp'), ...cart },
    { ...category('1', 'home.lamp'), ...purchase(12.34) },
    { ...category('2', null), ...purchase(1) },
  )
  expect(
    await store.rows(
      `select category_id, category_code, views::int, carts::int, purchases::int, revenue, conversion
      from gold.category_performance order by 1`,
    ),
  ).toEqual([
    {
      category_id: '1',
      category_code: 'home.lamp',
      views: 3,
      carts: 1,
      purchases: 1,
      revenue: '12.34',
      conversion: '0.3333',
    },
    {
      category_id: '2',
      category_code: null,
      views: 0,
      carts: 0,
      purchases: 1,
      revenue: '1.00',
      conversion: null,
    },
  ])
})

test('a session is the sum of what was done in it, from its first event to its last', async () => {
  await store.events(
    { ...at('1 10:05:00'), ...session(1) },
    { ...at('1 10:00:00'), ...session(1), ...cart },
    { ...at('3 09:00:00'), ...session(1), ...purchase(3) },
    { ...at('3 09:00:00'), ...session(1), ...purchase(4) },
    { ...session(2), ...user(2) },
    { user_session: null },
  )
  expect(
    await store.rows(
      `select
        user_session, user_id, started_at, ended_at, events::int, views::int, carts::int,
        purchases::int, revenue
      from gold.user_sessions order by 1`,
    ),
  ).toMatchObject([
    {
      user_session: uuid(1),
      user_id: '1',
      started_at: new Date('2019-11-01T10:00:00Z'),
      ended_at: new Date('2019-11-03T09:00:00Z'),
      events: 4,
      views: 1,
      carts: 1,
      purchases: 2,
      revenue: '7.00',
    },
    { user_session: uuid(2), user_id: '2', events: 1, revenue: '0' },
  ])
})
