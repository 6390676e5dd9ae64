import { weighted } from './weighted.ts'

export interface Place {
  /** Two letters, ISO 3166. */
  country: string
  city: string
  /** Two letters in the United States and Canada; elsewhere null. */
  state: string | null
  zipcode: string
}

type Row = readonly [city: string, state: string, zipcode: string, weight: number]

/** Cities of every state, by how many people live there (in ten thousands, small ones raised). */
const unitedStates: readonly Row[] = [
  ['New York', 'NY', '10001', 830],
  ['Buffalo', 'NY', '14202', 28],
  ['Los Angeles', 'CA', '90012', 380],
  ['San Diego', 'CA', '92101', 138],
  ['San Jose', 'CA', '95113', 97],
  ['San Francisco', 'CA', '94103', 81],
  ['Fresno', 'CA', '93721', 54],
  ['Sacramento', 'CA', '95814', 52],
  ['Chicago', 'IL', '60601', 266],
  ['Springfield', 'IL', '62701', 11],
  ['Houston', 'TX', '77002', 230],
  ['San Antonio', 'TX', '78205', 147],
  ['Dallas', 'TX', '75201', 130],
  ['Austin', 'TX', '78701', 97],
  ['Fort Worth', 'TX', '76102', 96],
  ['El Paso', 'TX', '79901', 68],
  ['Phoenix', 'AZ', '85004', 164],
  ['Tucson', 'AZ', '85701', 55],
  ['Philadelphia', 'PA', '19103', 157],
  ['Pittsburgh', 'PA', '15222', 30],
  ['Jacksonville', 'FL', '32202', 97],
  ['Miami', 'FL', '33130', 45],
  ['Tampa', 'FL', '33602', 40],
  ['Orlando', 'FL', '32801', 32],
  ['Columbus', 'OH', '43215', 91],
  ['Cleveland', 'OH', '44113', 36],
  ['Cincinnati', 'OH', '45202', 31],
  ['Charlotte', 'NC', '28202', 90],
  ['Raleigh', 'NC', '27601', 48],
  ['Indianapolis', 'IN', '46204', 88],
  ['Seattle', 'WA', '98101', 75],
  ['Spokane', 'WA', '99201', 23],
  ['Denver', 'CO', '80202', 71],
  ['Colorado Springs', 'CO', '80903', 49],
  ['Washington', 'DC', '20001', 67],
  ['Oklahoma City', 'OK', '73102', 69],
  ['Tulsa', 'OK', '74103', 41],
  ['Nashville', 'TN', '37203', 68],
  ['Memphis', 'TN', '38103', 62],
  ['Boston', 'MA', '02108', 65],
  ['Las Vegas', 'NV', '89101', 66],
  ['Portland', 'OR', '97204', 63],
  ['Portland', 'ME', '04101', 7],
  ['Detroit', 'MI', '48226', 63],
  ['Grand Rapids', 'MI', '49503', 20],
  ['Louisville', 'KY', '40202', 62],
  ['Baltimore', 'MD', '21202', 57],
  ['Milwaukee', 'WI', '53202', 56],
  ['Madison', 'WI', '53703', 27],
  ['Albuquerque', 'NM', '87102', 56],
  ['Santa Fe', 'NM', '87501', 9],
  ['Atlanta', 'GA', '30303', 50],
  ['Savannah', 'GA', '31401', 15],
  ['Kansas City', 'MO', '64106', 51],
  ['St. Louis', 'MO', '63101', 28],
  ['Omaha', 'NE', '68102', 48],
  ['Lincoln', 'NE', '68508', 29],
  ['Virginia Beach', 'VA', '23451', 45],
  ['Richmond', 'VA', '23219', 23],
  ['Minneapolis', 'MN', '55401', 43],
  ['New Orleans', 'LA', '70112', 36],
  ['Wichita', 'KS', '67202', 40],
  ['Honolulu', 'HI', '96813', 34],
  ['Anchorage', 'AK', '99501', 29],
  ['Newark', 'NJ', '07102', 31],
  ['Boise', 'ID', '83702', 24],
  ['Des Moines', 'IA', '50309', 21],
  ['Birmingham', 'AL', '35203', 20],
  ['Salt Lake City', 'UT', '84101', 20],
  ['Hartford', 'CT', '06103', 12],
  ['Providence', 'RI', '02903', 19],
  ['Little Rock', 'AR', '72201', 20],
  ['Jackson', 'MS', '39201', 15],
  ['Charleston', 'SC', '29401', 15],
  ['Charleston', 'WV', '25301', 7],
  ['Columbia', 'SC', '29201', 14],
  ['Manchester', 'NH', '03101', 12],
  ['Burlington', 'VT', '05401', 6],
  ['Wilmington', 'DE', '19801', 8],
  ['Sioux Falls', 'SD', '57104', 20],
  ['Fargo', 'ND', '58102', 13],
  ['Billings', 'MT', '59101', 12],
  ['Cheyenne', 'WY', '82001', 7],
]

/** City, country, post code, state or null, weight. */
const elsewhere: readonly (readonly [string, string, string, string | null, number])[] = [
  ['Toronto', 'CA', 'M5V 2T6', 'ON', 270],
  ['Montréal', 'CA', 'H2Y 1C6', 'QC', 176],
  ['Vancouver', 'CA', 'V6B 1A1', 'BC', 66],
  ['London', 'GB', 'EC1A 1BB', null, 300],
  ['Manchester', 'GB', 'M1 1AE', null, 55],
  ['Berlin', 'DE', '10115', null, 180],
  ['Hamburg', 'DE', '20095', null, 90],
  ['München', 'DE', '80331', null, 75],
  ['Köln', 'DE', '50667', null, 55],
  ['Wien', 'AT', '1010', null, 95],
  ['Graz', 'AT', '8010', null, 15],
  ['Zürich', 'CH', '8001', null, 43],
  ['Paris', 'FR', '75001', null, 150],
  ['Lyon', 'FR', '69001', null, 40],
  ['Madrid', 'ES', '28001', null, 100],
  ['Barcelona', 'ES', '08001', null, 60],
  ['Roma', 'IT', '00184', null, 90],
  ['Milano', 'IT', '20121', null, 50],
  ['Amsterdam', 'NL', '1012 AB', null, 60],
  ['Stockholm', 'SE', '111 20', null, 50],
  ['Warszawa', 'PL', '00-001', null, 60],
  ['Dublin', 'IE', 'D01 F5P2', null, 40],
  ['São Paulo', 'BR', '01001-000', null, 110],
  ['Ciudad de México', 'MX', '06000', null, 90],
  ['Mumbai', 'IN', '400001', null, 120],
  ['Bengaluru', 'IN', '560001', null, 80],
  ['Tokyo', 'JP', '100-0001', null, 110],
  ['Sydney', 'AU', '2000', null, 80],
  ['Auckland', 'NZ', '1010', null, 25],
]

const home: Place[] = unitedStates.map(([city, state, zipcode]) => ({
  country: 'US',
  city,
  state,
  zipcode,
}))
const abroad: Place[] = elsewhere.map(([city, country, zipcode, state]) => ({
  country,
  city,
  state,
  zipcode,
}))

/** In the United States, where the shop has its registers. */
export const placesAtHome = weighted(
  home,
  unitedStates.map((row) => row[3]),
)

/** Where people live: most of them in the United States. */
export const places = weighted(
  [...home, ...abroad],
  [...unitedStates.map((row) => row[3]), ...elsewhere.map((row) => row[4])],
)
