import { groupedBy } from './groupedBy.ts'
import type { Random } from './random.ts'
import type { Product, SearchTerm } from './shop.ts'
import { skewed, weighted } from './weighted.ts'
import type { Weighted } from './weighted.ts'

/** Searches for what there is, by kind and by kind and colour, and now and then for what nobody sells. */
export function createSearchTerms(
  products: readonly Product[],
  random: Random,
): Weighted<SearchTerm> {
  const terms: SearchTerm[] = []
  for (const [noun, found] of groupedBy(products, (product) => product.noun.toLowerCase())) {
    terms.push(searchTerm(noun, found, random))
    for (const [colour, sameColour] of groupedBy(found, colourOf)) {
      terms.push(searchTerm(`${colour} ${noun}`, sameColour, random))
    }
    terms.push({ json: JSON.stringify(`${noun} under 1 €`), found: null, results: 0 })
  }
  return weighted(
    terms,
    terms.map((term) => term.results + 1),
  )
}

function searchTerm(text: string, found: Product[], random: Random): SearchTerm {
  return { json: JSON.stringify(text), found: skewed(found, random), results: found.length }
}

function colourOf(product: Product): string {
  return product.name.slice(product.name.lastIndexOf(',') + 2)
}
