# TS 23.222 clause 8.16: an invoker under test invokes service APIs.
@sut:invoker @cap:invoker.methods.OAUTH @cap:invoker.grants.client_credentials
Feature: Service API invocation, by an invoker

  Background:
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the invoker under test has onboarded for "location" and "quality"
    And the invoker under test has been told to negotiate OAUTH with the exposing function

  @req:23222-8.16.2-01
  Scenario: The invocation identifies the invoker and the service API
    When the invoker under test is told to invoke "location" and "quality"
    Then the invocation identifies the invoker and the service API

  @req:23222-8.16.3-01
  Scenario: Step 1: the service API that is wanted and no other
    When the invoker under test is told to invoke "location"
    And the invoker under test is told to invoke "location"
    Then the invoker invokes what it was told and nothing else

  @req:23222-8.16.3-07
  Scenario: Several invocations may be under way
    Given the invoker under test has been told to invoke "location"
    When the invoker under test is told to invoke "location" twice at once, and the answers are held back
    Then the invoker may have several invocations under way
