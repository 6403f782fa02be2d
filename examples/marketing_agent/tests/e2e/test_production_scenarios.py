# The specification's sample as printed, with the imports that it lacks.
import pytest

from src.agents.reasoning_agent import ReasoningAgent, Task
from src.evaluation.fixtures import load_fixture


class TestProductionScenarios:
    """E2E tests simulating real production scenarios."""

    @pytest.mark.e2e
    @pytest.mark.slow
    @pytest.mark.asyncio
    async def test_complex_campaign_optimization(self):
        """Test full campaign optimization flow."""
        agent = ReasoningAgent()  # Use production config

        # Load real test data
        test_data = load_fixture("campaign_optimization/real_scenario_001.json")

        result = await agent.reason(task=Task(description="Optimize underperforming campaign", context=test_data))

        # Comprehensive assertions
        assert result.success
        assert result.has_plan
        assert result.has_execution
        assert result.has_reflection
        assert result.quality_score >= 0.8
        assert result.total_cost < 0.20  # Max $0.20 per complex task
