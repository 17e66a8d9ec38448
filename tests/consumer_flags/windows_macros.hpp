// The macros that <windows.h> defines unless it is told not to. libstdc++ and libc++ call functions of these names, and
// so come first, as they do not where such a header is at hand.
#include <bits/stdc++.h>

#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
