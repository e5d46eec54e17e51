#undef T
#undef V
#undef VM
#undef W
#undef F
#undef K
