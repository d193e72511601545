# TS 23.222 clause 8.11: an invoker under test obtains authorization to access service APIs.
@sut:invoker @cap:invoker.methods.OAUTH @cap:invoker.grants.client_credentials
Feature: Obtaining authorization to access service API, by an invoker

  Background:
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" with PKI and OAUTH

  @req:23222-8.11.1-01
  Scenario: Authorization is obtained before the invocation and again when it has run out
    Given the core function grants tokens for 2 seconds
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    And 4 seconds go by
    And the invoker under test is told to invoke "location"
    Then the invoker obtains authorization before it invokes, and again when it has run out

  @req:23222-8.11.1-02
  Scenario: Authorization may be obtained during onboarding
    Given the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to invoke "location"
    Then the invoker may obtain authorization during onboarding

  @req:23222-8.11.3-01
  Scenario: Step 1: the identity that was assigned
    Given the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to obtain a token for "location"
    And the invoker under test is told to invoke "location"
    Then the invoker obtains authorization under the identity that it was given

  @req:23222-8.11.3-01
  Scenario: Step 1: not without being onboarded
    Given the onboarding of the invoker under test for "location" has been refused
    And the invoker under test has onboarded for "location"
    And the invoker under test has been told to negotiate OAUTH with the exposing function
    When the invoker under test is told to obtain a token for "location"
    Then the invoker obtains authorization only once it is onboarded
