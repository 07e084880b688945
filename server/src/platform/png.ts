import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

const { resolve } = createRequire(import.meta.url)

/** Read once, when the first picture is asked for. */
let ready: Promise<Uint8Array> | null = null

async function prepare(): Promise<Uint8Array> {
  await initWasm(readFileSync(resolve('@resvg/resvg-wasm/index_bg.wasm')))
  return readFileSync(resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))
}

/** An SVG of ours as PNG at twice its size, with a free font of our own so that it looks the same on every machine. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  ready ??= prepare()
  const font = await ready
  const drawn = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontBuffers: [font], defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
  })
  try {
    return drawn.render().asPng()
  } finally {
    drawn.free()
  }
}
