# TS 23.222 clause 8.3: the publishing function under test publishes service APIs.
@sut:apf
Feature: Publication of service APIs by their publishing function

  Background:
    Given the provider domain under test has registered
    When the publishing function under test is told to publish "location" and "quality" with PKI and OAUTH

  @req:23222-8.3.3-01
  Scenario: Step 1: the publishing function publishes
    Then the publishing function publishes under its own identity

  @req:23222-8.3.2-01
  Scenario: The service API is described
    Then the publication describes the service API
