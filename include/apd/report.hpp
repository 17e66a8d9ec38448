#pragma once
// Reports: pages and pictures of what was learned.

#include <apd/core/intrinsics.hpp>

#include <apd/report/analysis_figures.hpp>
#include <apd/report/chart_frame.hpp>
#include <apd/report/components_figure.hpp>
#include <apd/report/histogram_figure.hpp>
#include <apd/report/line_chart.hpp>
#include <apd/report/matrix_figure.hpp>
#include <apd/report/page.hpp>
#include <apd/report/point_chart.hpp>
#include <apd/report/point_labels.hpp>
#include <apd/report/run_figures.hpp>
#include <apd/report/share_figure.hpp>
#include <apd/report/svg.hpp>
#include <apd/report/vector_figure.hpp>
#include <apd/report/verdict.hpp>
#include <apd/report/write_report.hpp>
