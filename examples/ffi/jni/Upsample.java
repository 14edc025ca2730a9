// Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
//
//   java Upsample.java PATH_OF_libupsample_jni.so     (Java 11 or later; from 22 on, ../Upsample.java needs no C)

import java.util.Locale;

public final class Upsample {
  static final int MODE_NEAREST = 0;
  static final int MODE_BILINEAR = 3;
  static final int ALIGN_CORNERS_FALSE = 1;
  static final int ALIGN_CORNERS_TRUE = 2;

  /** An image of height * width samples enlarged to twice its size. */
  static native float[] upsample(float[] image, int height, int width, int mode, int alignCorners);

  static void fail(String message) {
    System.err.println(message);
    System.exit(1);
  }

  static void check(String name, int alignCorners, double[][] documented) {
    System.out.println("bilinear x2, align_corners=" + name);
    float[] enlarged = upsample(new float[] {1, 2, 3, 4}, 2, 2, MODE_BILINEAR, alignCorners);
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        System.out.printf(Locale.ROOT, x == 3 ? "%.4f%n" : "%.4f ", enlarged[4 * y + x]);
      }
      for (int x = 0; x < 4; x++) {
        if (!(Math.abs(enlarged[4 * y + x] - documented[y][x]) <= 0.00006)) {
          fail("row " + y + ", column " + x + ": documented is " + documented[y][x]);
        }
      }
    }
  }

  public static void main(String[] arguments) {
    System.load(new java.io.File(arguments[0]).getAbsolutePath());

    // From PyTorch's documentation, which prints four decimals.
    check("False", ALIGN_CORNERS_FALSE, new double[][] {
      {1.0, 1.25, 1.75, 2.0},
      {1.5, 1.75, 2.25, 2.5},
      {2.5, 2.75, 3.25, 3.5},
      {3.0, 3.25, 3.75, 4.0},
    });
    check("True", ALIGN_CORNERS_TRUE, new double[][] {
      {1.0, 1.3333, 1.6667, 2.0},
      {1.6667, 2.0, 2.3333, 2.6667},
      {2.3333, 2.6667, 3.0, 3.3333},
      {3.0, 3.3333, 3.6667, 4.0},
    });

    // What PyTorch refuses is refused here too.
    try {
      upsample(new float[] {1, 2, 3, 4}, 2, 2, MODE_NEAREST, ALIGN_CORNERS_TRUE);
      fail("nearest took align_corners");
    } catch (IllegalArgumentException refusal) {
      System.out.println("nearest x2, align_corners=True: " + refusal.getMessage());
    }
  }
}
