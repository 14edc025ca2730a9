// Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
//
//   node upsample.js [PATH OF resample.node]
"use strict";
const path = require("node:path");

const { upsample } = require(path.resolve(process.argv[2] ?? path.join(__dirname, "resample.node")));

// From swiftresample.h.
const MODE_NEAREST = 0;
const MODE_BILINEAR = 3;
const ALIGN_CORNERS_FALSE = 1;
const ALIGN_CORNERS_TRUE = 2;

// From PyTorch's documentation, which prints four decimals.
const documented = [
  {
    name: "False",
    alignCorners: ALIGN_CORNERS_FALSE,
    table: [
      [1.0, 1.25, 1.75, 2.0],
      [1.5, 1.75, 2.25, 2.5],
      [2.5, 2.75, 3.25, 3.5],
      [3.0, 3.25, 3.75, 4.0],
    ],
  },
  {
    name: "True",
    alignCorners: ALIGN_CORNERS_TRUE,
    table: [
      [1.0, 1.3333, 1.6667, 2.0],
      [1.6667, 2.0, 2.3333, 2.6667],
      [2.3333, 2.6667, 3.0, 3.3333],
      [3.0, 3.3333, 3.6667, 4.0],
    ],
  },
];
const image = Float32Array.of(1, 2, 3, 4);

function fail(message) {
  console.error(message);
  process.exit(1);
}

for (const { name, alignCorners, table } of documented) {
  console.log(`bilinear x2, align_corners=${name}`);
  const enlarged = upsample(image, 2, 2, MODE_BILINEAR, alignCorners);
  for (let y = 0; y < 4; y++) {
    const row = Array.from(enlarged.subarray(4 * y, 4 * y + 4));
    console.log(row.map((value) => value.toFixed(4)).join(" "));
    row.forEach((value, x) => {
      if (!(Math.abs(value - table[y][x]) <= 0.00006)) fail(`row ${y}, column ${x}: documented is ${table[y][x]}`);
    });
  }
}

// What PyTorch refuses is refused here too.
let refusal;
try {
  upsample(image, 2, 2, MODE_NEAREST, ALIGN_CORNERS_TRUE);
} catch (error) {
  refusal = error.message;
}
if (refusal === undefined) fail("nearest took align_corners");
console.log(`nearest x2, align_corners=True: ${refusal}`);
