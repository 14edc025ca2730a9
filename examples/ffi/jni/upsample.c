/*
 * libresample for Java by JNI, for Java before 22. See Upsample.java, in this folder.
 *
 *   cc -shared -fPIC -I$JAVA_HOME/include -I$JAVA_HOME/include/linux -I../../../include upsample.c \
 *     -L$FOLDER -lresample -o libupsample_jni.so
 */
#include <jni.h>
#include <swiftresample.h>

static jfloatArray refuse(JNIEnv *env, const char *message) {
  jclass exception = (*env)->FindClass(env, "java/lang/IllegalArgumentException");
  if (exception != NULL) (*env)->ThrowNew(env, exception, message);
  return NULL;
}

/* Contiguous samples, in memory of Java's: a tensor only says where they are. */
static rsmp_tensor tensor(float *samples, int64_t shape[4]) {
  return (rsmp_tensor){.data = samples, .ndim = 4, .dtype = {RSMP_FLOAT, 32, 1}, .shape = shape};
}

JNIEXPORT jfloatArray JNICALL Java_Upsample_upsample(JNIEnv *env, jclass class, jfloatArray image, jint height,
                                                     jint width, jint mode, jint align_corners) {
  (void)class;
  if (rsmp_abi_version() != RSMP_ABI_VERSION) return refuse(env, "the library has another ABI version");
  /* The library knows nothing of the size of the array: that it has what the shape says is for us to check. */
  if (image == NULL || height < 0 || width < 0 || (int64_t)height * width != (*env)->GetArrayLength(env, image))
    return refuse(env, "height times width must be the length of the image");

  rsmp_interpolate_options options = {.struct_size = sizeof options,
                                      .mode = mode,
                                      .align_corners = align_corners,
                                      .scale_factor_count = 2,
                                      .scale_factor = {2, 2}};
  int64_t shape[4] = {1, 1, height, width}, enlarged_shape[4];
  rsmp_error error;
  if (rsmp_interpolate_shape(4, shape, tensor(NULL, shape).dtype, &options, enlarged_shape, &error) != RSMP_OK)
    return refuse(env, error.message);
  if (enlarged_shape[2] * enlarged_shape[3] > INT32_MAX) return refuse(env, "Java has no array of this size");

  /* Where one of these gives NULL, Java has thrown that there is no memory. */
  jfloatArray enlarged = (*env)->NewFloatArray(env, (jsize)(enlarged_shape[2] * enlarged_shape[3]));
  if (enlarged == NULL) return NULL;
  float *samples = (*env)->GetFloatArrayElements(env, image, NULL);
  if (samples == NULL) return NULL;
  float *result = (*env)->GetFloatArrayElements(env, enlarged, NULL);
  if (result != NULL) {
    rsmp_tensor input = tensor(samples, shape), output = tensor(result, enlarged_shape);
    rsmp_status status = rsmp_interpolate(&input, &options, &output, &error);
    (*env)->ReleaseFloatArrayElements(env, enlarged, result, 0); /* brings the samples into the array */
    if (status != RSMP_OK) refuse(env, error.message);
  }
  (*env)->ReleaseFloatArrayElements(env, image, samples, JNI_ABORT); /* nothing to bring back */
  return enlarged;
}
