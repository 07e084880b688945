/** The mark of the header on a tile of its own, for tabs of either colour. */
export const FAVICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#16211d"/>' +
  '<path fill="#f4f6f4" d="M6 6h3v2h1.5V6h3v2H15V6h3v12h-4v-3a2 2 0 0 0-4 0v3H6z"/></svg>\n'
