#undef T
#undef V
#undef VM
#undef W
#undef F
#undef HALF
#undef H
#undef K
