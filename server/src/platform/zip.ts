import { crc32 } from 'node:zlib'

/** A file of an archive. */
export type ZipFile = { readonly name: string; readonly text: string }

/**
 * Files as a ZIP archive (APPNOTE 6.3.10), stored without compression: they are small, and so the same files make the same
 * bytes. Times are a constant for the same reason; when a file was made stands in the files.
 */
export function zip(files: readonly ZipFile[]): Uint8Array {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, text } of files) {
    const path = Buffer.from(name, 'utf8')
    const body = Buffer.from(text, 'utf8')
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    // Bit 11: names are UTF-8.
    common.writeUInt16LE(0x0800, 2)
    common.writeUInt16LE(0, 4)
    common.writeUInt16LE(0, 6)
    common.writeUInt16LE(FIRST_DAY, 8)
    common.writeUInt32LE(crc32(body), 10)
    common.writeUInt32LE(body.length, 14)
    common.writeUInt32LE(body.length, 18)
    common.writeUInt16LE(path.length, 22)
    parts.push(signature(0x04034b50), common, path, body)
    const made_by = Buffer.alloc(2)
    made_by.writeUInt16LE(20, 0)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(signature(0x02014b50), made_by, common, tail.subarray(0, 14), path)
    offset += 4 + common.length + path.length + body.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(listed.length, 8)
  end.writeUInt32LE(offset, 12)
  return new Uint8Array(Buffer.concat([...parts, listed, signature(0x06054b50), end]))
}

/** 1 January 1980, the first day that the format can say. */
const FIRST_DAY = 0x21

function signature(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number, 0)
  return bytes
}
