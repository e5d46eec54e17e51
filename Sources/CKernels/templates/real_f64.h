// The element type of a template: f64. A template that ends includes `real_end.h`.
#define T double
#define V v8d
#define VM v8i
#define W 8
#define F(name) v8d_##name
#define HALF v4d
#define H(name) v4d_##name
#define K(name) CK_NAME(name##_f64)
