// Images: those that the page makes, the reader's own, and what is shown of two that were made of one.

const MOST = 1024; // pixels along a side, of images and of results

const LETTER = [
  "................",
  ".##############.",
  ".#............#.",
  ".#.oooooooooo.#.",
  ".#.....oo.....#.",
  ".#.....oo.....#.",
  ".#.....oo.....#.",
  ".#..x..oo..x..#.",
  ".#..x..oo..x..#.",
  ".#.....oo.....#.",
  ".#.....oo.....#.",
  ".#.....oo.....#.",
  ".#...oooooo...#.",
  ".#............#.",
  ".##############.",
  "................",
];
const COLOURS = { ".": [250, 244, 230], "#": [36, 52, 71], o: [0, 121, 140], x: [194, 51, 74] };

/** The images that the page makes, by name; bytes of RGB. */
export const MADE = {
  letter: () => {
    const data = Uint8Array.from(LETTER.flatMap((row) => [...row].flatMap((letter) => COLOURS[letter])));
    return { data, height: LETTER.length, width: LETTER[0].length };
  },
  // Rings that become finer from the middle outwards: what is too fine for the output turns into others.
  rings: () => {
    const size = 256;
    const data = new Uint8Array(3 * size * size);
    for (let i = 0, y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const [dx, dy] = [x - (size - 1) / 2, y - (size - 1) / 2];
        const wave = (1 + Math.cos((Math.PI * (dx * dx + dy * dy)) / size)) / 2;
        for (const [low, high] of [[36, 250], [52, 244], [71, 230]]) data[i++] = Math.round(low + wave * (high - low));
      }
    }
    return { data, height: size, width: size };
  },
};

/** The pixels of an image file, on white, and no more than MOST along a side. */
export async function readFile(file) {
  const bitmap = await createImageBitmap(file);
  const factor = Math.min(1, MOST / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * factor)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const pixels = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) data[3 * i + c] = pixels[4 * i + c];
  return { data, height, width };
}

/** The size of the result: that of the image times 2 to the power of scale. */
export function resultSize({ height, width }, scale) {
  const factor = Math.min(2 ** scale, MOST / Math.max(height, width));
  return [height, width].map((side) => Math.max(1, Math.round(side * factor)));
}

/** Samples as levels: floats are rounded, and end at 0 and 255. */
const levels = (samples) => Uint8ClampedArray.from(samples);

function put(canvas, rgb, [height, width]) {
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = rgb[3 * i + c];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Show a result. */
export const show = (canvas, samples, size) => put(canvas, levels(samples), size);

/** Show the difference of two results times `gain`; return what is to be said of it. */
export function showDifference(canvas, samples, size, gain) {
  const [first, second] = samples.map(levels);
  const difference = first.map((level, i) => Math.abs(level - second[i]));
  let [largest, total, differ] = [0, 0, 0];
  for (const level of difference) {
    largest = Math.max(largest, level);
    total += level;
    differ += level > 0;
  }
  const factor = gain === "auto" ? 255 / (largest || 255) : Number(gain);
  put(canvas, Uint8ClampedArray.from(difference, (level) => level * factor), size);
  return { largest, mean: total / difference.length, share: differ / difference.length, factor };
}
