import { faker } from '@faker-js/faker/locale/en'
import { places } from './places.ts'
import type { Place } from './places.ts'
import { Random } from './random.ts'
import type { Customer } from './shop.ts'
import { userAgents } from './userAgents.ts'
import { choice, weighted } from './weighted.ts'

/** Who a customer is, beyond the id. */
export interface Person {
  firstName: string
  lastName: string
  gender: string
  email: string
  place: Place
  street: string
  jobTitle: string
  card: Card
  /** The browser. */
  userAgent: string
  /** What reads the mails: a program, a mailbox's proxy, or the browser. */
  mailAgent: string
  ip: string
}

interface Card {
  company: string
  number: string
  /** As on the card: 09/29. */
  expires: string
}

const genders = choice({ female: 49, male: 48, unknown: 3 })
const mailboxes = choice({ 'example.com': 55, 'mail.example': 30, 'example.org': 15 })

/**
 * The first digits of numbers that card networks and payment providers publish for tests: 4242 4242 4242 4242,
 * 4000 0566 5566 5556, 5555 5555 5555 4444, 2223 0031 2200 3222, 3782 822463 10005, 6011 1111 1111 1117.
 */
const cardRanges = weighted(
  [
    { company: 'Visa', prefix: '42424242', length: 16 },
    { company: 'Visa', prefix: '40000566', length: 16 },
    { company: 'Mastercard', prefix: '55555555', length: 16 },
    { company: 'Mastercard', prefix: '22230031', length: 16 },
    { company: 'American Express', prefix: '37828224', length: 15 },
    { company: 'Discover', prefix: '60111111', length: 16 },
  ],
  [34, 16, 20, 8, 12, 10],
)

/** The people of a seed. Each is made up when asked for first, from a stream of their own, and then known. */
export function createPeople(seed: number): (customer: Customer) => Person {
  const known: (Person | undefined)[] = []
  return (customer) =>
    (known[customer.no] ??= createPerson(customer, new Random(seed, `person ${customer.no}`)))
}

function createPerson(customer: Customer, random: Random): Person {
  const { person, location } = faker.definitions
  const gender = genders.pick(random)
  const firstNames = person.first_name[gender === 'male' ? 'male' : 'female']!
  const firstName = oneOf(firstNames, random)
  const lastName = oneOf(person.last_name.generic!, random)
  const mailbox = mailboxes.pick(random)
  const house = 1 + random.below(999)
  const userAgent = userAgents[customer.device]!.pick(random)
  return {
    firstName,
    lastName,
    gender,
    // the number keeps apart those who are called the same
    email: `${ascii(firstName)}.${ascii(lastName)}${customer.no}@${mailbox}`,
    place: places.pick(random),
    street: `${house} ${oneOf(location.street_name, random)}`,
    jobTitle: `${oneOf(person.job_area, random)} ${oneOf(person.job_type, random)}`,
    card: createCard(customer.cardLast4, random),
    userAgent,
    mailAgent: random.below(100) < 55 ? userAgents.mailClient!.pick(random) : userAgent,
    ip: ipAddress(random),
  }
}

/** A number of a range for tests, with the customer's last four digits, right by Luhn's check. */
export function createCard(last4: string, random: Random): Card {
  const { company, prefix, length } = cardRanges.pick(random)
  const free = length - prefix.length - last4.length - 1
  const filler = Array.from({ length: free }, () => random.below(10)).join('')
  // whichever digit stands there, one of the ten makes the sum right
  let number = ''
  for (let digit = 0; digit < 10; digit++) {
    number = `${prefix}${filler}${digit}${last4}`
    if (luhnSum(number) % 10 === 0) break
  }
  const month = String(1 + random.below(12)).padStart(2, '0')
  return { company, number, expires: `${month}/${27 + random.below(5)}` }
}

function luhnSum(number: string): number {
  let sum = 0
  for (let place = 0; place < number.length; place++) {
    const digit = Number(number[number.length - 1 - place])
    const doubled = digit * 2
    sum += place % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum
}

/** An address that belongs to nobody: of a range for documentation (RFC 5737), or of a private one. */
export function ipAddress(random: Random): string {
  const part = () => 1 + random.below(254)
  const documentation = ['192.0.2', '198.51.100', '203.0.113'][random.below(6)]
  return documentation ? `${documentation}.${part()}` : `10.${part()}.${part()}.${part()}`
}

const ascii = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, '')

function oneOf(list: readonly string[], random: Random): string {
  return list[random.below(list.length)]!
}
