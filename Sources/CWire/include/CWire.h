// Written by scripts/proto: the messages of proto/, as protoc-c puts them into C.
#include "coordination.pb-c.h"
#include "trace.pb-c.h"
