// Two photographs as a network reads them: the shorter edge 256, the middle 224 x 224, normalised, channels first.
//
//   java Preprocess.java PATH_OF_libpreprocess_jni.so     (Java 16 or later; from 22 on, ../Preprocess.java needs no C)

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;

public final class Preprocess implements AutoCloseable {
  static final int SAMPLES = 3 * 224 * 224; // what an image becomes, as preprocess.c has it

  static native long create(double[] mean, double[] std);

  static native void execute(long handle, ByteBuffer image, int height, int width, FloatBuffer output);

  static native void destroy(long handle);

  /** Rows of RGB, as decoders give them; in memory that does not move, so that nothing is copied. */
  record Image(int height, int width, ByteBuffer levels) {
    static Image photograph(int height, int width) {
      ByteBuffer levels = ByteBuffer.allocateDirect(height * width * 3);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          for (int c = 0; c < 3; c++) levels.put((byte) ((2 * x + (c + 1) * y) % 256));
        }
      }
      return new Image(height, width, levels);
    }
  }

  private final long handle;

  /** Immutable, so that threads may share it. */
  Preprocess(double[] mean, double[] std) {
    handle = create(mean, std);
  }

  /** One batch of images of any sizes, (images, 3, 224, 224). */
  FloatBuffer batch(Image... images) {
    ByteBuffer memory = ByteBuffer.allocateDirect(images.length * SAMPLES * Float.BYTES);
    FloatBuffer batch = memory.order(ByteOrder.nativeOrder()).asFloatBuffer();
    for (int i = 0; i < images.length; i++) {
      Image image = images[i];
      execute(handle, image.levels(), image.height(), image.width(), batch.slice(i * SAMPLES, SAMPLES));
    }
    return batch;
  }

  @Override
  public void close() {
    destroy(handle);
  }

  public static void main(String[] arguments) {
    System.load(new java.io.File(arguments[0]).getAbsolutePath());
    double[] mean = {0.485, 0.456, 0.406};
    try (Preprocess preprocess = new Preprocess(mean, new double[] {0.229, 0.224, 0.225})) {
      float[] samples = new float[2 * SAMPLES];
      preprocess.batch(Image.photograph(480, 640), Image.photograph(300, 200)).get(samples);
      System.out.println("batch of 2 x 3 x 224 x 224");
      System.out.printf(Locale.ROOT, "first %.4f, last %.4f%n", samples[0], samples[samples.length - 1]);
      System.out.printf("checksum %08x%n", Arrays.hashCode(samples));
    }

    // What makes no sense is refused.
    try (Preprocess refused = new Preprocess(mean, new double[] {0, 0.224, 0.225})) {
      System.err.println("a std of 0 was taken");
      System.exit(1);
    } catch (IllegalArgumentException refusal) {
      System.out.println("std 0: " + refusal.getMessage());
    }
  }
}
