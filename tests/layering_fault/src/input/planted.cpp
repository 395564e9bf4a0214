#include "model/step.h"
