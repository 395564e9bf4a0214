#include "model/other.h"
