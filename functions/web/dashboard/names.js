/** Names of products, asked for once each. */

import * as api from "../store/api.js";

const known = new Map();
let tell = () => {};

/** Call back when names came in. */
export const whenNamed = (callback) => (tell = callback);

/** The product's name and id, or its id until the name is there. */
export function name(id) {
  if (!known.has(id)) {
    known.set(id, id);
    api.product(id).then(
      (product) => {
        known.set(id, `${product.name.split(", ")[0]} ${id}`); // makers share names
        tell();
      },
      () => tell(), // a product that the catalogue does not have is called by its id
    );
  }
  return known.get(id);
}
