/*
 * rsmp_preprocess for Java by JNI, for Java before 22. See Preprocess.java, in this folder. Images are rows of RGB in direct
 * buffers, which stay where they are: nothing is copied.
 *
 *   cc -shared -fPIC -I$JAVA_HOME/include -I$JAVA_HOME/include/linux -I../../../include preprocess.c \
 *     -L$FOLDER -lresample -o libpreprocess_jni.so
 */
#include <jni.h>
#include <swiftresample.h>

static void refuse(JNIEnv *env, const char *message) {
  jclass exception = (*env)->FindClass(env, "java/lang/IllegalArgumentException");
  if (exception != NULL) (*env)->ThrowNew(env, exception, message);
}

static rsmp_preprocess *preprocess_of(jlong handle) { return (rsmp_preprocess *)(intptr_t)handle; }

JNIEXPORT jlong JNICALL Java_Preprocess_create(JNIEnv *env, jclass class, jdoubleArray mean, jdoubleArray std) {
  (void)class;
  if (rsmp_abi_version() != RSMP_ABI_VERSION) {
    refuse(env, "the library has another ABI version");
    return 0;
  }
  /* What swiftresample preprocess --c prints for a configuration. */
  rsmp_preprocess_options options = {0};
  options.struct_size = sizeof options;
  options.mode = RSMP_MODE_BILINEAR;
  options.antialias = 1;
  options.resize = RSMP_RESIZE_SHORTEST_EDGE;
  options.canvas = RSMP_CANVAS_CROP;
  options.anchor = RSMP_ANCHOR_CENTER;
  options.channels = 3;
  options.arithmetic = RSMP_ARITHMETIC_QUOTIENT;
  options.normalize = 1;
  options.shortest_edge = 256;
  options.canvas_height = 224;
  options.canvas_width = 224;
  options.rescale = 0.00392156862745098;
  /* Arrays of other lengths make Java throw. */
  (*env)->GetDoubleArrayRegion(env, mean, 0, 3, options.mean);
  (*env)->GetDoubleArrayRegion(env, std, 0, 3, options.std);
  if ((*env)->ExceptionCheck(env)) return 0;

  rsmp_preprocess *preprocess;
  rsmp_error error;
  if (rsmp_preprocess_create(&options, &preprocess, &error) == RSMP_OK) return (jlong)(intptr_t)preprocess;
  refuse(env, error.message);
  return 0;
}

JNIEXPORT void JNICALL Java_Preprocess_destroy(JNIEnv *env, jclass class, jlong handle) {
  (void)env, (void)class;
  rsmp_preprocess_destroy(preprocess_of(handle));
}

JNIEXPORT void JNICALL Java_Preprocess_execute(JNIEnv *env, jclass class, jlong handle, jobject buffer, jint height,
                                               jint width, jobject output) {
  (void)class;
  int64_t shape[4], image_shape[] = {height, width, 3};
  rsmp_tensor image = {.ndim = 3, .dtype = {RSMP_UINT, 8, 1}, .shape = image_shape};
  rsmp_tensor batch = {.ndim = 4, .dtype = {RSMP_FLOAT, 32, 1}, .shape = shape};
  if (buffer != NULL) image.data = (*env)->GetDirectBufferAddress(env, buffer);
  if (output != NULL) batch.data = (*env)->GetDirectBufferAddress(env, output);
  rsmp_error error;
  /* The library knows nothing of the size of the buffers: that they have what the shapes say is for us to check. */
  if (image.data == NULL || batch.data == NULL) refuse(env, "image and output must be direct buffers");
  else if (height < 0 || width < 0 || (int64_t)height * width > (*env)->GetDirectBufferCapacity(env, buffer) / 3)
    refuse(env, "the image must have height times width times 3 levels");
  else if (rsmp_preprocess_output_shape(preprocess_of(handle), 1, &image, shape, &error) != RSMP_OK)
    refuse(env, error.message);
  else if (shape[1] * shape[2] * shape[3] > (*env)->GetDirectBufferCapacity(env, output))
    refuse(env, "the output must have room for what the image becomes");
  else if (rsmp_preprocess_execute(preprocess_of(handle), 1, &image, &batch, &error) != RSMP_OK)
    refuse(env, error.message);
}
