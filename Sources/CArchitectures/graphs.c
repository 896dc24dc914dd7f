// Written by scripts/architectures.

#include "CArchitectures.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char timm_beit_base_patch16_224[] = {
#embed "graphs/timm_beit_base_patch16_224.pt2"
};
static const unsigned char timm_beitv2_base_patch16_224[] = {
#embed "graphs/timm_beitv2_base_patch16_224.pt2"
};
static const unsigned char timm_coatnet_0_rw_224[] = {
#embed "graphs/timm_coatnet_0_rw_224.pt2"
};
static const unsigned char timm_convnext_base[] = {
#embed "graphs/timm_convnext_base.pt2"
};
static const unsigned char timm_convnext_small[] = {
#embed "graphs/timm_convnext_small.pt2"
};
static const unsigned char timm_convnext_tiny[] = {
#embed "graphs/timm_convnext_tiny.pt2"
};
static const unsigned char timm_convnextv2_base[] = {
#embed "graphs/timm_convnextv2_base.pt2"
};
static const unsigned char timm_convnextv2_tiny[] = {
#embed "graphs/timm_convnextv2_tiny.pt2"
};
static const unsigned char timm_densenet121[] = {
#embed "graphs/timm_densenet121.pt2"
};
static const unsigned char timm_densenet169[] = {
#embed "graphs/timm_densenet169.pt2"
};
static const unsigned char timm_efficientnet_b0[] = {
#embed "graphs/timm_efficientnet_b0.pt2"
};
static const unsigned char timm_efficientnet_b2[] = {
#embed "graphs/timm_efficientnet_b2.pt2"
};
static const unsigned char timm_efficientnet_lite0[] = {
#embed "graphs/timm_efficientnet_lite0.pt2"
};
static const unsigned char timm_efficientnetv2_rw_s[] = {
#embed "graphs/timm_efficientnetv2_rw_s.pt2"
};
static const unsigned char timm_eva02_base_patch14_448[] = {
#embed "graphs/timm_eva02_base_patch14_448.pt2"
};
static const unsigned char timm_eva02_small_patch14_336[] = {
#embed "graphs/timm_eva02_small_patch14_336.pt2"
};
static const unsigned char timm_eva02_tiny_patch14_336[] = {
#embed "graphs/timm_eva02_tiny_patch14_336.pt2"
};
static const unsigned char timm_inception_v3[] = {
#embed "graphs/timm_inception_v3.pt2"
};
static const unsigned char timm_maxvit_tiny_tf_224[] = {
#embed "graphs/timm_maxvit_tiny_tf_224.pt2"
};
static const unsigned char timm_mixer_b16_224[] = {
#embed "graphs/timm_mixer_b16_224.pt2"
};
static const unsigned char timm_mobilenetv2_100[] = {
#embed "graphs/timm_mobilenetv2_100.pt2"
};
static const unsigned char timm_mobilenetv3_large_100[] = {
#embed "graphs/timm_mobilenetv3_large_100.pt2"
};
static const unsigned char timm_mobilenetv3_small_100[] = {
#embed "graphs/timm_mobilenetv3_small_100.pt2"
};
static const unsigned char timm_mobilenetv4_conv_medium[] = {
#embed "graphs/timm_mobilenetv4_conv_medium.pt2"
};
static const unsigned char timm_pvt_v2_b2[] = {
#embed "graphs/timm_pvt_v2_b2.pt2"
};
static const unsigned char timm_regnety_016[] = {
#embed "graphs/timm_regnety_016.pt2"
};
static const unsigned char timm_regnety_032[] = {
#embed "graphs/timm_regnety_032.pt2"
};
static const unsigned char timm_resnet101[] = {
#embed "graphs/timm_resnet101.pt2"
};
static const unsigned char timm_resnet18[] = {
#embed "graphs/timm_resnet18.pt2"
};
static const unsigned char timm_resnet34[] = {
#embed "graphs/timm_resnet34.pt2"
};
static const unsigned char timm_resnet50[] = {
#embed "graphs/timm_resnet50.pt2"
};
static const unsigned char timm_resnet50d[] = {
#embed "graphs/timm_resnet50d.pt2"
};
static const unsigned char timm_resnext50_32x4d[] = {
#embed "graphs/timm_resnext50_32x4d.pt2"
};
static const unsigned char timm_seresnet50[] = {
#embed "graphs/timm_seresnet50.pt2"
};
static const unsigned char timm_swin_base_patch4_window7_224[] = {
#embed "graphs/timm_swin_base_patch4_window7_224.pt2"
};
static const unsigned char timm_swin_small_patch4_window7_224[] = {
#embed "graphs/timm_swin_small_patch4_window7_224.pt2"
};
static const unsigned char timm_swin_tiny_patch4_window7_224[] = {
#embed "graphs/timm_swin_tiny_patch4_window7_224.pt2"
};
static const unsigned char timm_swinv2_tiny_window8_256[] = {
#embed "graphs/timm_swinv2_tiny_window8_256.pt2"
};
static const unsigned char timm_tf_efficientnet_b0[] = {
#embed "graphs/timm_tf_efficientnet_b0.pt2"
};
static const unsigned char timm_tf_efficientnet_b3[] = {
#embed "graphs/timm_tf_efficientnet_b3.pt2"
};
static const unsigned char timm_tf_efficientnet_lite0[] = {
#embed "graphs/timm_tf_efficientnet_lite0.pt2"
};
static const unsigned char timm_tf_efficientnetv2_s[] = {
#embed "graphs/timm_tf_efficientnetv2_s.pt2"
};
static const unsigned char timm_vgg16_bn[] = {
#embed "graphs/timm_vgg16_bn.pt2"
};
static const unsigned char timm_vit_base_patch16_siglip_224[] = {
#embed "graphs/timm_vit_base_patch16_siglip_224.pt2"
};
static const unsigned char timm_wide_resnet50_2[] = {
#embed "graphs/timm_wide_resnet50_2.pt2"
};
static const unsigned char torchvision_convnext_base[] = {
#embed "graphs/torchvision_convnext_base.pt2"
};
static const unsigned char torchvision_convnext_small[] = {
#embed "graphs/torchvision_convnext_small.pt2"
};
static const unsigned char torchvision_convnext_tiny[] = {
#embed "graphs/torchvision_convnext_tiny.pt2"
};
static const unsigned char torchvision_densenet121[] = {
#embed "graphs/torchvision_densenet121.pt2"
};
static const unsigned char torchvision_efficientnet_b0[] = {
#embed "graphs/torchvision_efficientnet_b0.pt2"
};
static const unsigned char torchvision_efficientnet_b3[] = {
#embed "graphs/torchvision_efficientnet_b3.pt2"
};
static const unsigned char torchvision_efficientnet_v2_s[] = {
#embed "graphs/torchvision_efficientnet_v2_s.pt2"
};
static const unsigned char torchvision_mobilenet_v2[] = {
#embed "graphs/torchvision_mobilenet_v2.pt2"
};
static const unsigned char torchvision_mobilenet_v3_large[] = {
#embed "graphs/torchvision_mobilenet_v3_large.pt2"
};
static const unsigned char torchvision_mobilenet_v3_small[] = {
#embed "graphs/torchvision_mobilenet_v3_small.pt2"
};
static const unsigned char torchvision_regnet_y_1_6gf[] = {
#embed "graphs/torchvision_regnet_y_1_6gf.pt2"
};
static const unsigned char torchvision_regnet_y_3_2gf[] = {
#embed "graphs/torchvision_regnet_y_3_2gf.pt2"
};
static const unsigned char torchvision_resnet101[] = {
#embed "graphs/torchvision_resnet101.pt2"
};
static const unsigned char torchvision_resnet18[] = {
#embed "graphs/torchvision_resnet18.pt2"
};
static const unsigned char torchvision_resnet34[] = {
#embed "graphs/torchvision_resnet34.pt2"
};
static const unsigned char torchvision_resnet50[] = {
#embed "graphs/torchvision_resnet50.pt2"
};
static const unsigned char torchvision_resnext50_32x4d[] = {
#embed "graphs/torchvision_resnext50_32x4d.pt2"
};
static const unsigned char torchvision_shufflenet_v2_x1_0[] = {
#embed "graphs/torchvision_shufflenet_v2_x1_0.pt2"
};
static const unsigned char torchvision_swin_t[] = {
#embed "graphs/torchvision_swin_t.pt2"
};
static const unsigned char torchvision_swin_v2_t[] = {
#embed "graphs/torchvision_swin_v2_t.pt2"
};
static const unsigned char torchvision_vgg16[] = {
#embed "graphs/torchvision_vgg16.pt2"
};
static const unsigned char torchvision_vgg16_bn[] = {
#embed "graphs/torchvision_vgg16_bn.pt2"
};
static const unsigned char torchvision_wide_resnet50_2[] = {
#embed "graphs/torchvision_wide_resnet50_2.pt2"
};

static const struct ca_graph graphs[] = {
    {"timm", "beit_base_patch16_224", 199, timm_beit_base_patch16_224, sizeof timm_beit_base_patch16_224},
    {"timm", "beitv2_base_patch16_224", 199, timm_beitv2_base_patch16_224, sizeof timm_beitv2_base_patch16_224},
    {"timm", "coatnet_0_rw_224", 226, timm_coatnet_0_rw_224, sizeof timm_coatnet_0_rw_224},
    {"timm", "convnext_base", 344, timm_convnext_base, sizeof timm_convnext_base},
    {"timm", "convnext_small", 344, timm_convnext_small, sizeof timm_convnext_small},
    {"timm", "convnext_tiny", 182, timm_convnext_tiny, sizeof timm_convnext_tiny},
    {"timm", "convnextv2_base", 380, timm_convnextv2_base, sizeof timm_convnextv2_base},
    {"timm", "convnextv2_tiny", 200, timm_convnextv2_tiny, sizeof timm_convnextv2_tiny},
    {"timm", "densenet121", 606, timm_densenet121, sizeof timm_densenet121},
    {"timm", "densenet169", 846, timm_densenet169, sizeof timm_densenet169},
    {"timm", "efficientnet_b0", 311, timm_efficientnet_b0, sizeof timm_efficientnet_b0},
    {"timm", "efficientnet_b2", 439, timm_efficientnet_b2, sizeof timm_efficientnet_b2},
    {"timm", "efficientnet_lite0", 247, timm_efficientnet_lite0, sizeof timm_efficientnet_lite0},
    {"timm", "efficientnetv2_rw_s", 682, timm_efficientnetv2_rw_s, sizeof timm_efficientnetv2_rw_s},
    {"timm", "eva02_base_patch14_448", 236, timm_eva02_base_patch14_448, sizeof timm_eva02_base_patch14_448},
    {"timm", "eva02_small_patch14_336", 164, timm_eva02_small_patch14_336, sizeof timm_eva02_small_patch14_336},
    {"timm", "eva02_tiny_patch14_336", 164, timm_eva02_tiny_patch14_336, sizeof timm_eva02_tiny_patch14_336},
    {"timm", "inception_v3", 472, timm_inception_v3, sizeof timm_inception_v3},
    {"timm", "maxvit_tiny_tf_224", 526, timm_maxvit_tiny_tf_224, sizeof timm_maxvit_tiny_tf_224},
    {"timm", "mixer_b16_224", 150, timm_mixer_b16_224, sizeof timm_mixer_b16_224},
    {"timm", "mobilenetv2_100", 262, timm_mobilenetv2_100, sizeof timm_mobilenetv2_100},
    {"timm", "mobilenetv3_large_100", 266, timm_mobilenetv3_large_100, sizeof timm_mobilenetv3_large_100},
    {"timm", "mobilenetv3_small_100", 210, timm_mobilenetv3_small_100, sizeof timm_mobilenetv3_small_100},
    {"timm", "mobilenetv4_conv_medium", 387, timm_mobilenetv4_conv_medium, sizeof timm_mobilenetv4_conv_medium},
    {"timm", "pvt_v2_b2", 334, timm_pvt_v2_b2, sizeof timm_pvt_v2_b2},
    {"timm", "regnety_016", 540, timm_regnety_016, sizeof timm_regnety_016},
    {"timm", "regnety_032", 426, timm_regnety_032, sizeof timm_regnety_032},
    {"timm", "resnet101", 522, timm_resnet101, sizeof timm_resnet101},
    {"timm", "resnet18", 102, timm_resnet18, sizeof timm_resnet18},
    {"timm", "resnet34", 182, timm_resnet34, sizeof timm_resnet34},
    {"timm", "resnet50", 267, timm_resnet50, sizeof timm_resnet50},
    {"timm", "resnet50d", 277, timm_resnet50d, sizeof timm_resnet50d},
    {"timm", "resnext50_32x4d", 267, timm_resnext50_32x4d, sizeof timm_resnext50_32x4d},
    {"timm", "seresnet50", 331, timm_seresnet50, sizeof timm_seresnet50},
    {"timm", "swin_base_patch4_window7_224", 329, timm_swin_base_patch4_window7_224, sizeof timm_swin_base_patch4_window7_224},
    {"timm", "swin_small_patch4_window7_224", 329, timm_swin_small_patch4_window7_224, sizeof timm_swin_small_patch4_window7_224},
    {"timm", "swin_tiny_patch4_window7_224", 173, timm_swin_tiny_patch4_window7_224, sizeof timm_swin_tiny_patch4_window7_224},
    {"timm", "swinv2_tiny_window8_256", 221, timm_swinv2_tiny_window8_256, sizeof timm_swinv2_tiny_window8_256},
    {"timm", "tf_efficientnet_b0", 311, timm_tf_efficientnet_b0, sizeof timm_tf_efficientnet_b0},
    {"timm", "tf_efficientnet_b3", 496, timm_tf_efficientnet_b3, sizeof timm_tf_efficientnet_b3},
    {"timm", "tf_efficientnet_lite0", 247, timm_tf_efficientnet_lite0, sizeof timm_tf_efficientnet_lite0},
    {"timm", "tf_efficientnetv2_s", 672, timm_tf_efficientnetv2_s, sizeof timm_tf_efficientnetv2_s},
    {"timm", "vgg16_bn", 84, timm_vgg16_bn, sizeof timm_vgg16_bn},
    {"timm", "vit_base_patch16_siglip_224", 164, timm_vit_base_patch16_siglip_224, sizeof timm_vit_base_patch16_siglip_224},
    {"timm", "wide_resnet50_2", 267, timm_wide_resnet50_2, sizeof timm_wide_resnet50_2},
    {"torchvision", "convnext_base", 344, torchvision_convnext_base, sizeof torchvision_convnext_base},
    {"torchvision", "convnext_small", 344, torchvision_convnext_small, sizeof torchvision_convnext_small},
    {"torchvision", "convnext_tiny", 182, torchvision_convnext_tiny, sizeof torchvision_convnext_tiny},
    {"torchvision", "densenet121", 606, torchvision_densenet121, sizeof torchvision_densenet121},
    {"torchvision", "efficientnet_b0", 311, torchvision_efficientnet_b0, sizeof torchvision_efficientnet_b0},
    {"torchvision", "efficientnet_b3", 496, torchvision_efficientnet_b3, sizeof torchvision_efficientnet_b3},
    {"torchvision", "efficientnet_v2_s", 672, torchvision_efficientnet_v2_s, sizeof torchvision_efficientnet_v2_s},
    {"torchvision", "mobilenet_v2", 262, torchvision_mobilenet_v2, sizeof torchvision_mobilenet_v2},
    {"torchvision", "mobilenet_v3_large", 266, torchvision_mobilenet_v3_large, sizeof torchvision_mobilenet_v3_large},
    {"torchvision", "mobilenet_v3_small", 210, torchvision_mobilenet_v3_small, sizeof torchvision_mobilenet_v3_small},
    {"torchvision", "regnet_y_1_6gf", 540, torchvision_regnet_y_1_6gf, sizeof torchvision_regnet_y_1_6gf},
    {"torchvision", "regnet_y_3_2gf", 426, torchvision_regnet_y_3_2gf, sizeof torchvision_regnet_y_3_2gf},
    {"torchvision", "resnet101", 522, torchvision_resnet101, sizeof torchvision_resnet101},
    {"torchvision", "resnet18", 102, torchvision_resnet18, sizeof torchvision_resnet18},
    {"torchvision", "resnet34", 182, torchvision_resnet34, sizeof torchvision_resnet34},
    {"torchvision", "resnet50", 267, torchvision_resnet50, sizeof torchvision_resnet50},
    {"torchvision", "resnext50_32x4d", 267, torchvision_resnext50_32x4d, sizeof torchvision_resnext50_32x4d},
    {"torchvision", "shufflenet_v2_x1_0", 282, torchvision_shufflenet_v2_x1_0, sizeof torchvision_shufflenet_v2_x1_0},
    {"torchvision", "swin_t", 185, torchvision_swin_t, sizeof torchvision_swin_t},
    {"torchvision", "swin_v2_t", 233, torchvision_swin_v2_t, sizeof torchvision_swin_v2_t},
    {"torchvision", "vgg16", 32, torchvision_vgg16, sizeof torchvision_vgg16},
    {"torchvision", "vgg16_bn", 84, torchvision_vgg16_bn, sizeof torchvision_vgg16_bn},
    {"torchvision", "wide_resnet50_2", 267, torchvision_wide_resnet50_2, sizeof torchvision_wide_resnet50_2},
};

size_t ca_graph_count(void) { return sizeof graphs / sizeof graphs[0]; }

struct ca_graph ca_graph_at(size_t index) { return graphs[index]; }
