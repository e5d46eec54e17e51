// The element type of a template: f32. A template that ends includes `real_end.h`.
#define T float
#define V v16f
#define VM v16i
#define W 16
#define F(name) v16f_##name
#define HALF v8f
#define H(name) v8f_##name
#define K(name) CK_NAME(name##_f32)
