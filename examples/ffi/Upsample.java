// Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
//
//   java --enable-native-access=ALL-UNNAMED Upsample.java [PATH OF THE LIBRARY]     (Java 22 or later; before: jni/)

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

public final class Upsample {
  static final int ABI_VERSION = 0;
  static final int FLOAT = 2;
  static final int MODE_NEAREST = 0;
  static final int MODE_BILINEAR = 3;
  static final int ALIGN_CORNERS_FALSE = 1;
  static final int ALIGN_CORNERS_TRUE = 2;

  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  static final ValueLayout.OfFloat SAMPLE = ValueLayout.JAVA_FLOAT;
  static final MemoryLayout POINTER = ValueLayout.ADDRESS;

  static final StructLayout ERROR =
      MemoryLayout.structLayout(
          INT.withName("status"), MemoryLayout.sequenceLayout(252, ValueLayout.JAVA_BYTE).withName("message"));
  static final StructLayout DTYPE =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_BYTE.withName("code"),
          ValueLayout.JAVA_BYTE.withName("bits"),
          ValueLayout.JAVA_SHORT.withName("lanes"));
  static final StructLayout TENSOR =
      MemoryLayout.structLayout(
          POINTER.withName("data"),
          MemoryLayout.structLayout(INT.withName("type"), INT.withName("id")).withName("device"),
          INT.withName("ndim"),
          DTYPE.withName("dtype"),
          POINTER.withName("shape"),
          POINTER.withName("strides"),
          LONG.withName("byte_offset"));
  static final StructLayout INTERPOLATE_OPTIONS =
      MemoryLayout.structLayout(
          INT.withName("struct_size"),
          INT.withName("mode"),
          INT.withName("align_corners"),
          INT.withName("antialias"),
          INT.withName("recompute_scale_factor"),
          INT.withName("size_count"),
          INT.withName("scale_factor_count"),
          INT.withName("clamp"),
          MemoryLayout.sequenceLayout(3, LONG).withName("size"),
          MemoryLayout.sequenceLayout(3, ValueLayout.JAVA_DOUBLE).withName("scale_factor"),
          ValueLayout.JAVA_DOUBLE.withName("clamp_low"),
          ValueLayout.JAVA_DOUBLE.withName("clamp_high"),
          MemoryLayout.sequenceLayout(3, LONG).withName("region_start"),
          MemoryLayout.sequenceLayout(3, LONG).withName("region_stop"));

  /** What the library refuses. */
  static final class ResampleException extends Exception {
    ResampleException(String message) {
      super(message);
    }
  }

  final MethodHandle abiVersion;
  final MethodHandle interpolateShape;
  final MethodHandle interpolate;

  Upsample(String path) {
    Linker linker = Linker.nativeLinker();
    SymbolLookup library = SymbolLookup.libraryLookup(path, Arena.global());
    abiVersion = linker.downcallHandle(library.find("rsmp_abi_version").get(), FunctionDescriptor.of(INT));
    interpolateShape =
        linker.downcallHandle(
            library.find("rsmp_interpolate_shape").get(),
            FunctionDescriptor.of(INT, INT, POINTER, DTYPE, POINTER, POINTER, POINTER));
    interpolate =
        linker.downcallHandle(
            library.find("rsmp_interpolate").get(),
            FunctionDescriptor.of(INT, POINTER, POINTER, POINTER, POINTER));
  }

  static long offset(StructLayout structure, String field) {
    return structure.byteOffset(PathElement.groupElement(field));
  }

  static void check(int status, MemorySegment error) throws ResampleException {
    if (status != 0) throw new ResampleException(error.getString(offset(ERROR, "message")));
  }

  /** A contiguous image; the tensor only says where samples and shape are. New segments are zero: strides are NULL. */
  static MemorySegment tensor(Arena arena, MemorySegment dtype, MemorySegment samples, MemorySegment shape) {
    MemorySegment tensor = arena.allocate(TENSOR);
    tensor.set(ValueLayout.ADDRESS, offset(TENSOR, "data"), samples);
    tensor.set(INT, offset(TENSOR, "ndim"), 4);
    tensor.asSlice(offset(TENSOR, "dtype"), DTYPE).copyFrom(dtype);
    tensor.set(ValueLayout.ADDRESS, offset(TENSOR, "shape"), shape);
    return tensor;
  }

  /** The rows of a 2x2 image enlarged to twice its size. */
  float[][] upsample(float[] image, int mode, int alignCorners) throws Throwable {
    try (Arena arena = Arena.ofConfined()) { // frees what the call needed
      MemorySegment dtype = arena.allocate(DTYPE);
      dtype.set(ValueLayout.JAVA_BYTE, offset(DTYPE, "code"), (byte) FLOAT);
      dtype.set(ValueLayout.JAVA_BYTE, offset(DTYPE, "bits"), (byte) 32);
      dtype.set(ValueLayout.JAVA_SHORT, offset(DTYPE, "lanes"), (short) 1);

      MemorySegment options = arena.allocate(INTERPOLATE_OPTIONS);
      options.set(INT, offset(INTERPOLATE_OPTIONS, "struct_size"), (int) INTERPOLATE_OPTIONS.byteSize());
      options.set(INT, offset(INTERPOLATE_OPTIONS, "mode"), mode);
      options.set(INT, offset(INTERPOLATE_OPTIONS, "align_corners"), alignCorners);
      options.set(INT, offset(INTERPOLATE_OPTIONS, "scale_factor_count"), 2);
      for (int axis = 0; axis < 2; axis++) {
        options.set(ValueLayout.JAVA_DOUBLE, offset(INTERPOLATE_OPTIONS, "scale_factor") + 8 * axis, 2);
      }

      MemorySegment error = arena.allocate(ERROR);
      MemorySegment shape = arena.allocateFrom(LONG, 1, 1, 2, 2);
      MemorySegment enlargedShape = arena.allocate(LONG, 4);
      check((int) interpolateShape.invokeExact(4, shape, dtype, options, enlargedShape, error), error);

      int height = (int) enlargedShape.getAtIndex(LONG, 2);
      int width = (int) enlargedShape.getAtIndex(LONG, 3);
      MemorySegment enlarged = arena.allocate(SAMPLE, (long) height * width);
      MemorySegment input = tensor(arena, dtype, arena.allocateFrom(SAMPLE, image), shape);
      MemorySegment output = tensor(arena, dtype, enlarged, enlargedShape);
      check((int) interpolate.invokeExact(input, options, output, error), error);

      float[][] rows = new float[height][width];
      for (int y = 0; y < height; y++) {
        MemorySegment.copy(enlarged, SAMPLE, 4L * y * width, rows[y], 0, width);
      }
      return rows;
    }
  }

  static void fail(String message) {
    System.err.println(message);
    System.exit(1);
  }

  record Documented(String name, int alignCorners, double[][] table) {}

  public static void main(String[] arguments) throws Throwable {
    String named = System.getenv("RESAMPLE_LIBRARY");
    Upsample library =
        new Upsample(arguments.length > 0 ? arguments[0] : named != null ? named : "libresample.so.0");
    if ((int) library.abiVersion.invokeExact() != ABI_VERSION) fail("the library has another ABI version");
    float[] image = {1, 2, 3, 4};

    // From PyTorch's documentation, which prints four decimals.
    Documented[] tables = {
      new Documented("False", ALIGN_CORNERS_FALSE, new double[][] {
        {1.0, 1.25, 1.75, 2.0},
        {1.5, 1.75, 2.25, 2.5},
        {2.5, 2.75, 3.25, 3.5},
        {3.0, 3.25, 3.75, 4.0},
      }),
      new Documented("True", ALIGN_CORNERS_TRUE, new double[][] {
        {1.0, 1.3333, 1.6667, 2.0},
        {1.6667, 2.0, 2.3333, 2.6667},
        {2.3333, 2.6667, 3.0, 3.3333},
        {3.0, 3.3333, 3.6667, 4.0},
      }),
    };
    for (Documented expected : tables) {
      System.out.println("bilinear x2, align_corners=" + expected.name());
      float[][] rows = library.upsample(image, MODE_BILINEAR, expected.alignCorners());
      for (int y = 0; y < rows.length; y++) {
        float[] row = rows[y];
        System.out.printf(Locale.ROOT, "%.4f %.4f %.4f %.4f%n", row[0], row[1], row[2], row[3]);
        for (int x = 0; x < row.length; x++) {
          double documented = expected.table()[y][x];
          if (!(Math.abs(row[x] - documented) <= 0.00006)) {
            fail("row " + y + ", column " + x + ": documented is " + documented);
          }
        }
      }
    }

    // What PyTorch refuses is refused here too.
    try {
      library.upsample(image, MODE_NEAREST, ALIGN_CORNERS_TRUE);
      fail("nearest took align_corners");
    } catch (ResampleException error) {
      System.out.println("nearest x2, align_corners=True: " + error.getMessage());
    }
  }
}
