import { printDecimal, printRatio } from './decimal.ts'
import type { EcommerceEvents, Order, PageView } from './ecommerceEvents.ts'
import { countDistinct, groupBy, sumBy, type Row } from './rows.ts'

/** silver.shop_products. */
export function shopProducts({ products }: EcommerceEvents): Row[] {
  return products.map(({ priceCents, ...texts }) => ({
    ...texts,
    price: priceCents === null ? null : printDecimal(priceCents, 2),
  }))
}

/** gold.product_views: views of a product's own page. */
export function productViews(events: EcommerceEvents): Row[] {
  return [...viewsByProduct(events)].map(([product_id, views]) => ({
    product_id,
    views: views.length.toString(),
    viewers: countDistinct(views, ({ user }) => user).toString(),
  }))
}

/** gold.product_sales. */
export function productSales(events: EcommerceEvents): Row[] {
  return [...salesByProduct(events)].map(([product_id, { orders, units, cents }]) => ({
    product_id,
    orders: orders.toString(),
    units: units.toString(),
    revenue: printDecimal(cents, 2),
  }))
}

/** gold.product_performance: every product that was viewed or sold. */
export function productPerformance(events: EcommerceEvents): Row[] {
  const known = new Map(events.products.map((product) => [product.product_id, product]))
  const views = viewsByProduct(events)
  const sales = salesByProduct(events)
  return [...new Set([...views.keys(), ...sales.keys()])].map((product_id) => {
    const viewCount = BigInt(views.get(product_id)?.length ?? 0)
    const { orders, units, cents } = sales.get(product_id) ?? { orders: 0n, units: 0n, cents: 0n }
    return {
      product_id,
      product_name: known.get(product_id)?.product_name ?? null,
      category: known.get(product_id)?.category ?? null,
      views: viewCount.toString(),
      orders: orders.toString(),
      units: units.toString(),
      revenue: printDecimal(cents, 2),
      conversion: printRatio(orders, viewCount, 4),
    }
  })
}

function viewsByProduct({ pageViews }: EcommerceEvents): Map<string, PageView[]> {
  const views = pageViews.filter(
    ({ pageType, product }) => pageType === 'product' && product !== null,
  )
  return groupBy(views, ({ product }) => product!)
}

interface Sales {
  orders: bigint
  units: bigint
  cents: bigint
}

function salesByProduct({ orders }: EcommerceEvents): Map<string, Sales> {
  const sold = orders.flatMap((order) => order.items.map((item) => ({ order, item })))
  const sales = new Map<string, Sales>()
  for (const [product, lines] of groupBy(sold, ({ item }) => item.product)) {
    sales.set(product, {
      orders: BigInt(new Set<Order>(lines.map(({ order }) => order)).size),
      units: sumBy(lines, ({ item }) => item.quantity),
      cents: sumBy(lines, ({ item }) => item.quantity * item.priceCents),
    })
  }
  return sales
}
