import { inflateSync } from 'node:zlib';
import QRCode from 'qrcode';

/** Grey values of an 8-bit PNG, as `qrcode` writes them (RGBA or palette-free RGB, any row filter). */
function decodePng(png: Buffer): {
  width: number;
  height: number;
  isDark: (x: number, y: number) => boolean;
} {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[png.readUInt8(25)];
  if (png.readUInt8(24) !== 8 || channels === undefined) throw new Error('not a PNG of a known kind');
  const chunks: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') chunks.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(chunks));
  const stride = width * channels;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw.readUInt8(y * (stride + 1));
    for (let x = 0; x < stride; x += 1) {
      const left = x >= channels ? pixels.readUInt8(y * stride + x - channels) : 0;
      const up = y > 0 ? pixels.readUInt8((y - 1) * stride + x) : 0;
      const upLeft = y > 0 && x >= channels ? pixels.readUInt8((y - 1) * stride + x - channels) : 0;
      const estimate = left + up - upLeft;
      const distances = [left, up, upLeft].map((value) => Math.abs(estimate - value));
      const paeth = [left, up, upLeft][distances.indexOf(Math.min(...distances))] ?? 0;
      const predicted = [0, left, up, Math.floor((left + up) / 2), paeth][filter] ?? 0;
      pixels.writeUInt8((raw.readUInt8(y * (stride + 1) + 1 + x) + predicted) & 0xff, y * stride + x);
    }
  }
  return { width, height, isDark: (x, y) => pixels.readUInt8(y * stride + x * channels) < 128 };
}

/**
 * Does this picture (a PNG data URL) show `text` as a QR code? The phone knows which codes are on offer,
 * so it compares the squares of the picture with those of each instead of decoding them.
 */
export function showsQrText(dataUrl: string, text: string): boolean {
  const [head, base64] = dataUrl.split(',');
  if (head !== 'data:image/png;base64' || base64 === undefined) return false;
  const { width, height, isDark } = decodePng(Buffer.from(base64, 'base64'));
  let first = 0;
  while (first < width && !isDark(first, first)) first += 1;
  let last = width - 1;
  while (last > first && !isDark(last, first)) last -= 1;
  return (['L', 'M', 'Q', 'H'] as const).some((errorCorrectionLevel) => {
    const { modules } = QRCode.create(text, { errorCorrectionLevel });
    const scale = (last - first + 1) / modules.size;
    if (width !== height || !Number.isInteger(scale)) return false;
    for (let row = 0; row < modules.size; row += 1) {
      for (let column = 0; column < modules.size; column += 1) {
        const x = first + Math.floor((column + 0.5) * scale);
        const y = first + Math.floor((row + 0.5) * scale);
        if (isDark(x, y) !== (modules.get(row, column) === 1)) return false;
      }
    }
    return true;
  });
}
