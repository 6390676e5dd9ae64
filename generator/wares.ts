/** What the shop sells: category, goods, cheapest and dearest price in cents. */
export const wares: readonly (readonly [string, readonly string[], number, number])[] = [
  ['Clothing', ['Shirt', 'Pullover', 'Trousers', 'Jacket', 'Gloves', 'Hat'], 990, 14_900],
  ['Shoes', ['Running Shoes', 'Boots', 'Sandals', 'Slippers'], 1_990, 17_900],
  ['Furniture', ['Chair', 'Café Table', 'Shelf', 'Desk', 'Sofa'], 4_900, 129_900],
  ['Kitchen', ['Knife', 'Frying Pan', 'Teapot', 'Crème Brûlée Set', 'Cutting Board'], 790, 24_900],
  ['Food', ['Olive Oil', 'Coffee', 'Jalapeño Sauce', 'Chocolate', 'Honey'], 290, 3_990],
  ['Computers', ['Keyboard', 'Mouse', 'Monitor', 'Laptop', 'USB Hub'], 1_490, 219_900],
  ['Sports', ['Ball', 'Bike', 'Yoga Mat', 'Tent', 'Dumbbell'], 990, 189_900],
  ['Garden', ['Watering Can', 'Spade', 'Lantern', 'Flower Pot'], 690, 12_900],
  ['Books', ['Cookbook', 'Novel', 'Atlas', 'Notebook'], 590, 5_990],
  ['Toys', ['Puzzle', 'Kite', 'Teddy Bear', 'Building Blocks'], 790, 9_990],
]
