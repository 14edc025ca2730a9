// Two photographs as a network reads them: the shorter edge 256, the middle 224 x 224, normalised, channels first.
//
//   java --enable-native-access=ALL-UNNAMED Preprocess.java [PATH OF THE LIBRARY]     (Java 22 or later; before: jni/)

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
import java.util.Arrays;
import java.util.Locale;

public final class Preprocess implements AutoCloseable {
  static final int ABI_VERSION = 0;
  static final int UINT = 1;
  static final int FLOAT = 2;
  static final int MODE_BILINEAR = 3;
  static final int RESIZE_SHORTEST_EDGE = 2;
  static final int CANVAS_CROP = 1;
  static final int ANCHOR_CENTER = 1;
  static final int ARITHMETIC_QUOTIENT = 2;

  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;
  static final ValueLayout.OfFloat SAMPLE = ValueLayout.JAVA_FLOAT;
  static final ValueLayout.OfByte LEVEL = ValueLayout.JAVA_BYTE;
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
  static final StructLayout PREPROCESS_OPTIONS =
      MemoryLayout.structLayout(
          INT.withName("struct_size"),
          INT.withName("convention"),
          INT.withName("mode"),
          INT.withName("antialias"),
          INT.withName("resize"),
          INT.withName("edge_rounding"),
          INT.withName("canvas"),
          INT.withName("anchor"),
          INT.withName("alpha"),
          INT.withName("border"),
          INT.withName("channels"),
          INT.withName("reverse_channels"),
          INT.withName("channels_last"),
          INT.withName("arithmetic"),
          INT.withName("normalize"),
          DTYPE.withName("dtype"), // zeros: float32
          LONG.withName("height"),
          LONG.withName("width"),
          LONG.withName("shortest_edge"),
          LONG.withName("longest_edge"),
          LONG.withName("edge_multiple"),
          LONG.withName("canvas_height"),
          LONG.withName("canvas_width"),
          LONG.withName("canvas_multiple"),
          LONG.withName("top"),
          LONG.withName("left"),
          DOUBLE.withName("rescale"),
          MemoryLayout.sequenceLayout(3, DOUBLE).withName("mean"),
          MemoryLayout.sequenceLayout(3, DOUBLE).withName("std"),
          MemoryLayout.sequenceLayout(3, DOUBLE).withName("fill"));

  /** What the library refuses. */
  static final class ResampleException extends Exception {
    ResampleException(String message) {
      super(message);
    }
  }

  /** The functions of the library. */
  static final class Library {
    final MethodHandle abiVersion;
    final MethodHandle create;
    final MethodHandle outputShape;
    final MethodHandle execute;
    final MethodHandle destroy;

    Library(String path) {
      SymbolLookup library = SymbolLookup.libraryLookup(path, Arena.global());
      abiVersion = function(library, "rsmp_abi_version", FunctionDescriptor.of(INT));
      create =
          function(library, "rsmp_preprocess_create", FunctionDescriptor.of(INT, POINTER, POINTER, POINTER));
      FunctionDescriptor ofImages = FunctionDescriptor.of(INT, POINTER, LONG, POINTER, POINTER, POINTER);
      outputShape = function(library, "rsmp_preprocess_output_shape", ofImages);
      execute = function(library, "rsmp_preprocess_execute", ofImages);
      destroy = function(library, "rsmp_preprocess_destroy", FunctionDescriptor.ofVoid(POINTER));
    }

    private static MethodHandle function(SymbolLookup library, String name, FunctionDescriptor descriptor) {
      return Linker.nativeLinker().downcallHandle(library.find(name).get(), descriptor);
    }
  }

  /** Rows of RGB, as decoders give them. */
  record Image(int height, int width, byte[] levels) {
    static Image photograph(int height, int width) {
      byte[] levels = new byte[height * width * 3];
      for (int i = 0; i < levels.length; i++) {
        int y = i / 3 / width, x = i / 3 % width, c = i % 3;
        levels[i] = (byte) ((2 * x + (c + 1) * y) % 256);
      }
      return new Image(height, width, levels);
    }
  }

  record Batch(long[] shape, float[] samples) {}

  final Library library;
  final MemorySegment handle;

  /** What the options describe; immutable, so that threads may share it. */
  Preprocess(Library library, MemorySegment options) throws Throwable {
    this.library = library;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(POINTER);
      MemorySegment error = arena.allocate(ERROR);
      check((int) library.create.invokeExact(options, made, error), error);
      handle = made.get(ValueLayout.ADDRESS, 0);
    }
  }

  /** One batch of images of any sizes. */
  Batch batch(Image... images) throws Throwable {
    try (Arena arena = Arena.ofConfined()) { // frees what the call needed
      MemorySegment error = arena.allocate(ERROR);
      MemorySegment tensors = arena.allocate(TENSOR, images.length);
      for (int i = 0; i < images.length; i++) {
        MemorySegment levels = arena.allocateFrom(LEVEL, images[i].levels());
        fill(tensors.asSlice(i * TENSOR.byteSize(), TENSOR), UINT, 8, levels,
            arena.allocateFrom(LONG, images[i].height(), images[i].width(), 3));
      }
      MemorySegment shape = arena.allocate(LONG, 4);
      check((int) library.outputShape.invokeExact(handle, (long) images.length, tensors, shape, error), error);
      long[] lengths = shape.toArray(LONG);
      MemorySegment samples = arena.allocate(SAMPLE, Arrays.stream(lengths).reduce(1, Math::multiplyExact));
      MemorySegment output = arena.allocate(TENSOR);
      fill(output, FLOAT, 32, samples, shape);
      check((int) library.execute.invokeExact(handle, (long) images.length, tensors, output, error), error);
      return new Batch(lengths, samples.toArray(SAMPLE));
    }
  }

  @Override
  public void close() {
    try {
      library.destroy.invokeExact(handle);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  static long offset(StructLayout structure, String field) {
    return structure.byteOffset(PathElement.groupElement(field));
  }

  static void check(int status, MemorySegment error) throws ResampleException {
    if (status != 0) throw new ResampleException(error.getString(offset(ERROR, "message")));
  }

  /** A contiguous array: where elements and shape are. New segments are zero: strides are NULL. */
  static void fill(MemorySegment tensor, int code, int bits, MemorySegment data, MemorySegment shape) {
    tensor.set(ValueLayout.ADDRESS, offset(TENSOR, "data"), data);
    tensor.set(INT, offset(TENSOR, "ndim"), (int) (shape.byteSize() / LONG.byteSize()));
    MemorySegment dtype = tensor.asSlice(offset(TENSOR, "dtype"), DTYPE);
    dtype.set(ValueLayout.JAVA_BYTE, offset(DTYPE, "code"), (byte) code);
    dtype.set(ValueLayout.JAVA_BYTE, offset(DTYPE, "bits"), (byte) bits);
    dtype.set(ValueLayout.JAVA_SHORT, offset(DTYPE, "lanes"), (short) 1);
    tensor.set(ValueLayout.ADDRESS, offset(TENSOR, "shape"), shape);
  }

  static void set(MemorySegment options, String field, int value) {
    options.set(INT, offset(PREPROCESS_OPTIONS, field), value);
  }

  static void set(MemorySegment options, String field, long value) {
    options.set(LONG, offset(PREPROCESS_OPTIONS, field), value);
  }

  static void set(MemorySegment options, String field, double... values) {
    MemorySegment.copy(values, 0, options, DOUBLE, offset(PREPROCESS_OPTIONS, field), values.length);
  }

  static void fail(String message) {
    System.err.println(message);
    System.exit(1);
  }

  public static void main(String[] arguments) throws Throwable {
    String named = System.getenv("RESAMPLE_LIBRARY");
    Library library = new Library(arguments.length > 0 ? arguments[0] : named != null ? named : "libresample.so.0");
    if ((int) library.abiVersion.invokeExact() != ABI_VERSION) fail("the library has another ABI version");

    // What swiftresample preprocess --c prints for a configuration; the rest is zero.
    MemorySegment options = Arena.global().allocate(PREPROCESS_OPTIONS);
    set(options, "struct_size", (int) PREPROCESS_OPTIONS.byteSize());
    set(options, "mode", MODE_BILINEAR);
    set(options, "antialias", 1);
    set(options, "resize", RESIZE_SHORTEST_EDGE);
    set(options, "canvas", CANVAS_CROP);
    set(options, "anchor", ANCHOR_CENTER);
    set(options, "channels", 3);
    set(options, "arithmetic", ARITHMETIC_QUOTIENT);
    set(options, "normalize", 1);
    set(options, "shortest_edge", 256L);
    set(options, "canvas_height", 224L);
    set(options, "canvas_width", 224L);
    set(options, "rescale", 0.00392156862745098);
    set(options, "mean", 0.485, 0.456, 0.406);
    set(options, "std", 0.229, 0.224, 0.225);

    try (Preprocess preprocess = new Preprocess(library, options)) {
      Batch batch = preprocess.batch(Image.photograph(480, 640), Image.photograph(300, 200));
      long[] shape = batch.shape();
      float[] samples = batch.samples();
      System.out.printf("batch of %d x %d x %d x %d%n", shape[0], shape[1], shape[2], shape[3]);
      System.out.printf(Locale.ROOT, "first %.4f, last %.4f%n", samples[0], samples[samples.length - 1]);
      System.out.printf("checksum %08x%n", Arrays.hashCode(samples));
    }

    // What makes no sense is refused.
    set(options, "std", 0.0, 0.224, 0.225);
    try (Preprocess refused = new Preprocess(library, options)) {
      fail("a std of 0 was taken");
    } catch (ResampleException error) {
      System.out.println("std 0: " + error.getMessage());
    }
  }
}
