import { printRatio } from './decimal.ts'
import type { EcommerceEvents } from './ecommerceEvents.ts'
import { groupBy, type Row } from './rows.ts'

interface Pair {
  product: string
  other: string
  together: bigint
  support: string | null
  lift: string | null
}

/** gold.pair_orders. */
export function pairOrders(events: EcommerceEvents): Row[] {
  return pairsOf(events).map(({ product, other, together }) => ({
    product_id: product,
    other_product_id: other,
    orders_together: together.toString(),
  }))
}

/**
 * gold.bought_together: pairs of different products in one order. "All orders" counts those without
 * items too.
 */
export function boughtTogether(events: EcommerceEvents): Row[] {
  const known = productsOf(events)
  return pairsOf(events).map(({ product, other, together, support, lift }) => ({
    product_id: product,
    other_product_id: other,
    product_name: known.get(product)?.product_name ?? null,
    other_product_name: known.get(other)?.product_name ?? null,
    orders_together: together.toString(),
    support,
    lift,
  }))
}

/** gold.recommendations: pairs of two orders or more, both ways; of each product the best first. */
export function recommendations(events: EcommerceEvents): Row[] {
  const known = productsOf(events)
  const both = pairsOf(events)
    .filter(({ together }) => together > 1n)
    .flatMap((pair) => [pair, { ...pair, product: pair.other, other: pair.product }])
  return [...groupBy(both, ({ product }) => product)].flatMap(([product, others]) =>
    others.toSorted(byWorth).map(({ other, together, support, lift }, index) => ({
      product_id: product,
      place: String(index + 1),
      other_product_id: other,
      product_name: known.get(product)?.product_name ?? null,
      other_product_name: known.get(other)?.product_name ?? null,
      other_image_url: known.get(other)?.image_url ?? null,
      orders_together: together.toString(),
      support,
      lift,
    })),
  )
}

function byWorth(a: Pair, b: Pair): number {
  return (
    Number(b.lift) - Number(a.lift) ||
    Number(b.together - a.together) ||
    (a.other < b.other ? -1 : 1)
  )
}

const productsOf = ({ products }: EcommerceEvents) =>
  new Map(products.map((product) => [product.product_id, product]))

function pairsOf({ orders }: EcommerceEvents): Pair[] {
  const ordersWith = new Map<string, bigint>()
  const together = new Map<string, { product: string; other: string; orders: bigint }>()
  for (const { items } of orders) {
    const products = [...new Set(items.map(({ product }) => product))].sort()
    for (const [position, product] of products.entries()) {
      ordersWith.set(product, (ordersWith.get(product) ?? 0n) + 1n)
      for (const other of products.slice(position + 1)) {
        const key = JSON.stringify([product, other])
        const pair = together.get(key) ?? { product, other, orders: 0n }
        pair.orders += 1n
        together.set(key, pair)
      }
    }
  }
  const all = BigInt(orders.length)
  return [...together.values()].map((pair) => ({
    product: pair.product,
    other: pair.other,
    together: pair.orders,
    support: printRatio(pair.orders, all, 6),
    lift: printRatio(
      pair.orders * all,
      ordersWith.get(pair.product)! * ordersWith.get(pair.other)!,
      4,
    ),
  }))
}
