import type { Event } from '../models/bronzeRows.ts'

const at = (time: string) => `2026-03-01T${time}:00Z`

const order = (
  orderId: string,
  userId: string,
  time: string,
  amount: unknown,
  items: object[],
) => ({
  payload: { order_id: orderId, user_id: userId, amount, event_time: at(time), items },
})

const view = (viewId: string, userId: string, time: string, page: object) => ({
  payload: { view_id: viewId, user_id: userId, event_time: at(time), ...page },
})

/** A few events for the models of docs/models.md, by bronze table. */
export const shopEvents: Record<string, Event[]> = {
  shop_orders: [
    order('o1', 'u1', '09:20', 10, [{ product_id: 'p1', quantity: 1, price: 10 }]),
    order('o2', 'u2', '09:40', 20, [{ product_id: 'p2', quantity: 2, price: 10 }]),
    // sent again
    order('o2', 'u2', '09:40', 20, [{ product_id: 'p2', quantity: 2, price: 10 }]),
    // no amount of money
    order('o4', 'u2', '12:00', 'much', []),
    order('o5', 'u1', '10:05', 30, [
      { product_id: 'p1', quantity: 1, price: 10 },
      { product_id: 'p2', quantity: 1, price: 20 },
    ]),
  ],
  shop_products: [
    { key: 'p1', at: at('08:00'), payload: { product_id: 'p1', name: 'Tent', category: 'camp' } },
    { key: 'p1', at: at('08:30'), payload: { product_id: 'p1', name: 'Tent, green' } },
    { key: 'p2', at: at('08:40'), payload: null },
    // older than the tombstone
    { key: 'p2', at: at('08:20'), payload: { product_id: 'p2', name: 'Stove' } },
  ],
  web_views: [
    view('v1', 'u1', '09:00', { page: '/tents' }),
    view('v2', 'u1', '09:15', { page: '/tents/p1' }),
    view('v3', 'u2', '09:10', { page: '/stoves' }),
  ],
  app_views: [
    view('v4', 'u1', '09:29', { screen: 'cart' }),
    view('v5', 'u1', '11:00', { screen: 'start' }),
  ],
}
