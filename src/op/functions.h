#pragma once
#include "op/math/functions.h"
